// Starts a server with the realistic data, prints addresses and passwords, and keeps it until Ctrl-C.
//
// Usage: node serve-realistic-data.js [PORT]

import { RealisticData } from './realistic-data.js';
import { Walk } from './visitors.js';

const walk = new Walk('realistic');
let data;
let ending = false;

async function end() {
	if (ending) return;
	ending = true;
	data?.stop();
	await walk.end();
	process.exit(0);
}
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, end);

try {
	const port = process.argv[2] ? Number(process.argv[2]) : undefined;
	data = await RealisticData.fill(walk, { port, browser: false });
} catch (error) {
	console.error(error);
	await end();
}
const roles = { ada: 'Owner of everything', grace: 'Admin of an organization', francoise: 'Billing Manager', zoe: 'Member' };
console.log(`${walk.installation.url}   configuration: ${walk.installation.config}`);
for (const [name, role] of Object.entries(roles)) console.log(`${data.by(name).email}   ${data.owner.password}   ${role}`);
for (const [name, path] of Object.entries(data.pages())) console.log(`${name}   ${walk.installation.url}${path}`);
