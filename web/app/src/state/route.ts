// Which conversation is open, kept in the address so that reload, bookmarks, back and forward work.
import { isId, Observable } from "@threadkeep/client";
import { isDrawerEntry } from "./dialogs";

/** `chat` null: the page for a new conversation. `""`: the address names something that is no conversation. */
export interface Route {
  readonly chat: string | null;
  /** Counts up when a new conversation is asked for while one is being written already. */
  readonly visit: number;
  /** The message to show, for an address that names one; null: the end. */
  readonly message: string | null;
}

class Router extends Observable<Route> {
  constructor() {
    super({ chat: idIn("chat"), message: idIn("message") || null, visit: 0 });
    window.addEventListener("popstate", () => this.isElsewhere() && this.read());
  }
  /** The address of a conversation, for links that open in a new tab too. */
  href(chat: string | null): string {
    return chat === null ? "/" : `/?chat=${chat}`;
  }
  open(chat: string | null, at: { message?: string } = {}): void {
    const href = this.href(chat) + (at.message ? `&message=${at.message}` : "");
    if (isDrawerEntry()) history.replaceState(null, "", href);
    else if (location.pathname + location.search !== href) history.pushState(null, "", href);
    this.read();
  }
  /** The drawer comes and goes at the same address. */
  private isElsewhere(): boolean {
    const { chat, message } = this.snapshot();
    return chat !== idIn("chat") || message !== (idIn("message") || null);
  }
  private read(): void {
    const { visit } = this.snapshot();
    this.publish({ chat: idIn("chat"), message: idIn("message") || null, visit: visit + 1 });
  }
}

/** The id in the address under this name; null when there is none, "" when it is no id. */
function idIn(name: string): string | null {
  const id = new URLSearchParams(location.search).get(name);
  if (id === null) return null;
  return isId(id.toUpperCase()) ? id.toUpperCase() : "";
}

export const router = new Router();
