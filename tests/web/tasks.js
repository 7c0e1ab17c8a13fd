// Tasks of an admin, each from the home page of somebody who is signed in, with the realistic data. `bench.js` runs them and
// prints the clicks and keys that they take.
//
// To add one: `name`; `most` clicks; `before`, the clicks and keys that it took before the screens of issue 11; and `run`,
// which does it with a `Hand` and ends when its effect is seen. Tasks run one after the other on the same data.

export const tasks = [
	{
		name: 'make an API key for a build machine',
		before: { clicks: 5, keys: 11 },
		async run(hand) {
			await hand.click('account-menu');
			await hand.click('menu-profile');
			await hand.click('tab-api-keys');
			await hand.type('api-key-name', 'Build farm ');
			await hand.click('api-key-create');
			await hand.sees('api-key-value');
		}
	},
	{
		name: 'free a seat that blocks somebody',
		most: 3,
		before: { clicks: 6, keys: 0 },
		async run(hand) {
			await hand.click('nav-licenses');
			await hand.click('product-KRE');
			await hand.click('tab-online');
			await hand.click(hand.row('farm-01').getByTestId('row-menu'));
			await hand.click('menu-revoke');
			await hand.click('confirm-yes');
			await hand.row('farm-01').waitFor({ state: 'detached' });
		}
	},
	{
		name: 'make somebody an Admin',
		before: { clicks: 4, keys: 5 },
		async run(hand) {
			await hand.click('nav-users');
			await hand.type('table-search', 'Naur ');
			await hand.choose(hand.row('peter.naur').getByTestId('role'), 'admin');
			await hand.row('peter.naur').locator('[data-testid=role][data-value=admin]').waitFor();
		}
	},
	{
		name: 'send a lost invitation again',
		before: { clicks: 4, keys: 0 },
		async run(hand) {
			await hand.click('nav-users');
			await hand.click('tab-invitations');
			await hand.click(hand.row('dennis').getByTestId('row-menu'));
			await hand.click('menu-resend');
			await hand.sees('toast');
		}
	},
	{
		name: 'create a project',
		before: { clicks: 3, keys: 12 },
		async run(hand) {
			await hand.click('nav-projects');
			await hand.click('create-project');
			await hand.type('name', 'Card issuing');
			await hand.click('create-confirm');
			await hand.sees('parent');
		}
	},
	{
		name: 'assign a license to three people',
		before: { clicks: 3, keys: 73 },
		async run(hand, data) {
			const [one, two, three] = ['ingibjorg', 'agnes', 'raul'].map((name) => data.by(name).email);
			await hand.click('nav-licenses');
			await hand.click('assign-license');
			await hand.type('addresses', `${one}, ${two}, ${three}`);
			await hand.click('assign-submit');
			await hand.sees('assign-results');
		}
	},
	{
		name: 'see who removed somebody',
		before: { clicks: 2, keys: 6 },
		async run(hand) {
			await hand.click('nav-audit');
			await hand.type('table-search', 'mehmet');
			await hand.row('mehmet').waitFor();
		}
	},
	{
		name: 'try the mail server',
		before: { clicks: 2, keys: 0 },
		async run(hand) {
			await hand.click('nav-account');
			await hand.click('tab-mail');
			await hand.click('mail-test');
			await hand.sees('mail-test-result');
		}
	},
	{
		name: 'reserve seats for a team',
		before: { clicks: 7, keys: 1 },
		async run(hand) {
			await hand.click('nav-licenses');
			await hand.click('product-KRE');
			await hand.click('tab-settings');
			await hand.choose('reserve-for', { label: 'Platform' });
			await hand.type(hand.row('Platform').getByTestId('reservation-seats'), '2');
			await hand.click('save');
			await hand.sees('save-note');
		}
	},
	{
		name: 'make room on an organization’s share',
		before: { clicks: 5, keys: 1 },
		async run(hand) {
			await hand.click('nav-account');
			await hand.click('tab-licenses');
			const row = hand.row('Häfen');
			await hand.click(row.getByTestId('share-edit').last());
			await hand.type('share-seats', '6');
			await hand.click('share-save');
			await hand.sees('share-value');
		}
	}
];
