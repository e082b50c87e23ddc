// Which models there are, and which are to answer.
import { explain, Observable, type Api, type AwayVendor, type Conversations, type Model } from "@threadkeep/client";
import { noteUse } from "./model-order";

export interface ModelState {
  readonly phase: "loading" | "ready" | "failed";
  readonly models: readonly Model[];
  readonly failure: string;
  /** At least one when `phase` is `ready`. */
  readonly chosen: readonly string[];
  /** Those of the chosen that the server does not name now. Nothing is asked then, and nobody else is asked in their place. */
  readonly away: readonly string[];
  /** Those who have models and did not name them, with the reason. */
  readonly silent: readonly AwayVendor[];
  readonly isLoading: boolean;
  /** Several may be chosen: they answer side by side. */
  readonly several: boolean;
}

const key = "threadkeep.models";
const knownKey = "threadkeep.models.known";

export class ModelChoice extends Observable<ModelState> {
  private standard = "";
  constructor(
    private readonly api: Api,
    private readonly list: Pick<Conversations, "setModel" | "snapshot">,
  ) {
    const { models, standard } = known();
    super({ phase: models.length > 0 ? "ready" : "loading", models, failure: "", chosen: kept(), away: [], silent: [], isLoading: false, several: kept().length > 1 });
    this.standard = standard;
    if (models.length > 0) this.take(this.snapshot().chosen);
  }

  /** `anew`: also those that did not answer a moment ago. */
  async load(query: { anew?: boolean } = {}): Promise<void> {
    this.publish({ ...this.snapshot(), isLoading: true });
    try {
      const { models, away: silent = [], default: standard } = await this.api.listModels(query);
      this.standard = standard;
      remember(models, standard);
      this.publish({ ...this.snapshot(), phase: "ready", failure: "", models, silent, isLoading: false });
      this.take(this.snapshot().chosen);
    } catch (error) {
      const isFirst = this.snapshot().phase !== "ready";
      this.publish({ ...this.snapshot(), isLoading: false, ...(isFirst && { phase: "failed" as const, failure: explain(error) }) });
    }
  }

  /** A person has chosen, for what is asked next. */
  choose(chosen: readonly string[], conversation?: string): void {
    this.take(chosen);
    keepChoice(this.snapshot().chosen);
    noteUse(chosen);
    const only = chosen.length === 1 ? chosen[0] : undefined;
    if (conversation && only) void this.list.setModel(conversation, only).catch(() => undefined);
  }

  /**
   * A model that the server does not name now stays chosen, and is away: who talks to a model on his own machine does not want to find out later that
   * another one has read all of it.
   */
  private take(ids: readonly string[]): void {
    const state = this.snapshot();
    const chosen = ids.length > 0 || state.phase !== "ready" ? ids : [this.usedLast() ?? this.standard];
    const away = state.phase === "ready" ? chosen.filter((id) => !state.models.some((model) => model.id === id)) : [];
    const several = state.several || chosen.length > 1;
    const isSame = chosen.join() === state.chosen.join() && away.join() === state.away.join() && several === state.several;
    if (!isSame) this.publish({ ...state, chosen, away, several });
  }

  /** On a new device: the model of the newest conversation that has one, while the server names it. */
  private usedLast(): string | undefined {
    const { pinned, main } = this.list.snapshot();
    const newest = [...pinned.items, ...main.items].filter(({ model }) => model).sort((a, b) => b.updatedAt - a.updatedAt)[0]?.model;
    return this.snapshot().models.find(({ id }) => id === newest)?.id;
  }

  /** Off: only the first of the chosen stays. */
  setSeveral(several: boolean): void {
    const state = this.snapshot();
    const chosen = several ? state.chosen : state.chosen.slice(0, 1);
    this.publish({ ...state, several });
    this.take(chosen);
    keepChoice(chosen);
  }

  /** On opening a conversation: the model it was last asked with. */
  follow(model: string | null | undefined): void {
    const state = this.snapshot();
    if (model && !state.several) this.take([model]);
  }

  /** Which models to ask now: never none, also before the list has arrived. The built-in one always answers. */
  forAsking(): string[] {
    const { chosen } = this.snapshot();
    return chosen.length > 0 ? [...chosen] : ["builtin"];
  }

  nameOf(id: string | null | undefined): string {
    if (!id) return "";
    return this.snapshot().models.find((model) => model.id === id)?.name ?? id;
  }
}

/** The models as the server last named them, so that a page opened without it knows whom one may ask. */
function known(): { models: Model[]; standard: string } {
  try {
    const value = JSON.parse(localStorage.getItem(knownKey) ?? "{}") as { models?: Model[]; standard?: string };
    if (Array.isArray(value.models) && typeof value.standard === "string") return { models: value.models, standard: value.standard };
  } catch {
    // They are read from the server then.
  }
  return { models: [], standard: "" };
}

function remember(models: readonly Model[], standard: string): void {
  try {
    localStorage.setItem(knownKey, JSON.stringify({ models, standard }));
  } catch {
    // The next page reads them from the server.
  }
}

function kept(): string[] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(key) ?? "[]");
    return Array.isArray(value) ? value.filter((id) => typeof id === "string") : [];
  } catch {
    return [];
  }
}

function keepChoice(ids: readonly string[]): void {
  try {
    localStorage.setItem(key, JSON.stringify(ids));
  } catch {
    // The choice then lasts until the page is closed.
  }
}
