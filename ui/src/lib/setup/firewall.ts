/** The commands that let other machines reach a port; an admin runs the one of their firewall. */
export function firewallCommands(platform: string, port: string): { name: string; command: string }[] {
	if (platform === 'windows') {
		const rule = `netsh advfirewall firewall add rule name="Testkeep" dir=in action=allow protocol=TCP localport=${port}`;
		return [{ name: 'Windows', command: rule }];
	}
	return [
		{ name: 'ufw', command: `sudo ufw allow ${port}/tcp` },
		{
			name: 'firewalld',
			command: `sudo firewall-cmd --permanent --add-port=${port}/tcp && sudo firewall-cmd --reload`
		}
	];
}
