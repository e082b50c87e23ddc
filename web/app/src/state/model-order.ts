// In which order models are offered: favourites, then those that were used last, then the others as the server names them.
import { Observable, type Model } from "@threadkeep/client";
import { keep, readKept } from "./kept";

const favouritesKey = "threadkeep.models.favourites";
const lastKey = "threadkeep.models.last";
const lastMax = 5;

const isListOfIds = (value: unknown) => Array.isArray(value) && value.every((id) => typeof id === "string");

class Favourites extends Observable<readonly string[]> {
  constructor() {
    super(readKept<string[]>(favouritesKey, [], isListOfIds));
  }
  toggle(id: string): void {
    const before = this.snapshot();
    const next = before.includes(id) ? before.filter((one) => one !== id) : [...before, id];
    keep(favouritesKey, next);
    this.publish(next);
  }
}

export const favourites = new Favourites();

/** Was chosen, or asked: it stands further up the next time the list is opened. */
export function noteUse(ids: readonly string[]): void {
  keep(lastKey, [...new Set([...ids, ...usedLast()])].slice(0, lastMax));
}

export function usedLast(): readonly string[] {
  return readKept<string[]>(lastKey, [], isListOfIds);
}

export interface ModelGroup {
  readonly title: "Favourites" | "Used last" | "All models";
  readonly models: readonly Model[];
}

/** Each model once, in the first group that it belongs to; groups without any are left out. `words`: all of them are in the name or the vendor. */
export function grouped(models: readonly Model[], favourite: readonly string[], last: readonly string[], words: string): ModelGroup[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  const isWanted = ({ id, name, vendor }: Model) => wanted.every((word) => `${id} ${name} ${vendor}`.toLowerCase().includes(word));
  const left = new Map(models.filter(isWanted).map((model) => [model.id, model]));
  const take = (ids: readonly string[]) => ids.flatMap((id) => {
    const model = left.get(id);
    left.delete(id);
    return model ? [model] : [];
  });
  const groups: ModelGroup[] = [
    { title: "Favourites", models: take(favourite) },
    { title: "Used last", models: take(last) },
    { title: "All models", models: [...left.values()] },
  ];
  return groups.filter((group) => group.models.length > 0);
}
