// Which sections of the list are folded away; remembered in this browser.
import { Observable } from "@threadkeep/client";
import type { Section } from "./groups";

const key = "threadkeep.folded";

class Folded extends Observable<ReadonlySet<Section>> {
  constructor() {
    super(read());
  }
  toggle(section: Section): void {
    const next = new Set(this.snapshot());
    if (!next.delete(section)) next.add(section);
    try {
      localStorage.setItem(key, [...next].join(" "));
    } catch {
      // It then lasts until the page is closed.
    }
    this.publish(next);
  }
}

function read(): ReadonlySet<Section> {
  try {
    const kept = (localStorage.getItem(key) ?? "").split(" ");
    return new Set((["folders", "tags"] as const).filter((section) => kept.includes(section)));
  } catch {
    return new Set();
  }
}

export const folded = new Folded();
