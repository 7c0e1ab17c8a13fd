// Tasks of an admin, each from the home page of somebody who is signed in, with the realistic data. `bench.js` runs them and
// prints the clicks and keys that they take.
//
// To add one: `name`; `most` clicks; `before`; and `run`, which does it with a `Hand` and ends when its effect is seen. Tasks
// run one after the other on the same data.
//
// `before` was counted by reading the components of commit 66dc38b, the last one before the screens of issue 11: the test
// ids that a person clicked one after the other, and the typed letters. A native list is named twice, as `Hand` counts it.
// Nobody has run it: that server does not have today's data. `null`: the task could not be done in one go.

/** @param clicks test ids; @param keys number of letters */
const before = (clicks, keys = 0) => ({ clicks: clicks.split(' ').length, keys });

const five = ['gauss', 'noether', 'euler', 'galois', 'abel'].map((name) => `${name}@lumen.example`).join(' ');

export const tasks = [
	{
		name: 'invite five people with team and license',
		most: 6,
		// A team and a license could be given after a person had joined.
		before: null,
		async run(hand) {
			await hand.click('nav-users');
			await hand.click('invite-open');
			await hand.type('addresses', `${five} `);
			await hand.click(hand.within('invite-teams').getByText('Platform'));
			await hand.click('invite-license-KSE');
			await hand.click('invite');
			await hand.sees('count-invited');
		}
	},
	{
		name: 'make an API key for a build machine',
		before: before('account-menu menu-profile tab-api-keys api-key-name api-key-create', 11),
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
		before: before('nav-licenses product-KRE tab-online row-menu menu-revoke confirm-yes'),
		async run(hand) {
			await hand.click(hand.row('wait').getByRole('link'));
			await hand.click('free-seat');
			await hand.click('confirm-yes');
			await hand.sees('toast');
		}
	},
	{
		name: 'make somebody an Admin',
		before: before('nav-users table-search role role-admin', 5),
		async run(hand) {
			await hand.click('nav-users');
			await hand.type('table-search', 'Naur ');
			await hand.click(hand.row('peter.naur').getByTestId('role'));
			await hand.click('role-admin');
			await hand.row('peter.naur').locator('[data-testid=role][data-value=admin]').waitFor();
		}
	},
	{
		name: 'send a lost invitation again',
		before: before('nav-users tab-invitations row-menu menu-resend'),
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
		before: before('nav-projects create-project create-confirm', 12),
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
		before: before('nav-licenses assign-license assign-submit', 64),
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
		before: before('nav-audit table-search', 6),
		async run(hand) {
			await hand.click('nav-audit');
			await hand.type('table-search', 'mehmet');
			await hand.row('mehmet').waitFor();
		}
	},
	{
		name: 'try the mail server',
		before: before('nav-account tab-mail mail-test'),
		async run(hand) {
			await hand.click('nav-account');
			await hand.click('tab-mail');
			await hand.click('mail-test');
			await hand.sees('mail-test-result');
		}
	},
	{
		name: 'reserve seats for a team',
		before: before('nav-licenses product-KRE tab-settings reserve-for reserve-for reservation-seats save', 1),
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
		before: before('nav-account tab-licenses share-edit share-save', 1),
		async run(hand) {
			await hand.click('nav-account');
			await hand.click('tab-licenses');
			await hand.click(hand.row('Häfen').getByTestId('share-edit').last());
			await hand.type('share-seats', '6');
			await hand.click('share-save');
			await hand.sees('share-value');
		}
	}
];
