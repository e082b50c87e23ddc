// What a person set for a conversation that is nowhere yet: it gets it with its first message.
import { Observable, type ConversationSettings } from "@threadkeep/client";

/** By the id that the conversation will have. */
class NewSettings extends Observable<Readonly<Record<string, ConversationSettings>>> {
  constructor() {
    super({});
  }
  of(id: string): ConversationSettings {
    return this.snapshot()[id] ?? {};
  }
  set(id: string, settings: ConversationSettings): void {
    this.publish({ [id]: settings });
  }
}

export const newSettings = new NewSettings();
