/** The newest items of the person's inbox, read again while the page is visible. One for the whole window. */
import { inbox } from '$lib/api/overview';
import type { Inbox } from '$lib/api/types';
import { pollWhileVisible } from '$lib/poll';

const EVERY_MS = 60_000;
/** Items in the panel. */
const SHOWN = 10;

class LiveInbox {
	current = $state.raw<Inbox>({ items: [], unread: 0 });

	/** Reads until the returned function is called. */
	watch(): () => void {
		void this.refresh();
		return pollWhileVisible(() => this.refresh(), EVERY_MS);
	}

	async refresh(): Promise<void> {
		try {
			this.current = await inbox.get(SHOWN);
		} catch {
			// The next time. What keeps the server from answering is shown elsewhere.
		}
	}

	/** Marks everything as read that was there when `newest` was. */
	async markRead(newest: string | undefined): Promise<void> {
		if (!newest || !this.current.unread) return;
		await inbox.markRead(newest);
		await this.refresh();
	}
}

export const liveInbox = new LiveInbox();
