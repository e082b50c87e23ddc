// Which conversation is open, kept in the address so that reload, bookmarks, back and forward work.
import { isId, Observable } from "@threadkeep/client";

/** `chat` null: the page for a new conversation. `""`: the address names something that is no conversation. */
export interface Route {
  readonly chat: string | null;
  /** Counts up when a new conversation is asked for while one is being written already. */
  readonly visit: number;
}

class Router extends Observable<Route> {
  constructor() {
    super({ chat: chatIn(location.search), visit: 0 });
    window.addEventListener("popstate", () => this.read());
  }
  /** The address of a conversation, for links that open in a new tab too. */
  href(chat: string | null): string {
    return chat === null ? "/" : `/?chat=${chat}`;
  }
  open(chat: string | null, how: "push" | "replace" = "push"): void {
    const href = this.href(chat);
    if (location.pathname + location.search !== href) {
      if (how === "push") history.pushState(null, "", href);
      else history.replaceState(null, "", href);
    }
    this.read();
  }
  private read(): void {
    const chat = chatIn(location.search);
    const { visit } = this.snapshot();
    this.publish({ chat, visit: visit + 1 });
  }
}

function chatIn(search: string): string | null {
  const chat = new URLSearchParams(search).get("chat");
  if (chat === null) return null;
  return isId(chat.toUpperCase()) ? chat.toUpperCase() : "";
}

export const router = new Router();
