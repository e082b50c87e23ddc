// Presets as they are shown: the server's rows with what waits in the outbox on top. Loaded when a person first asks for them.
import type { LocalStore, Reading } from "../core/local-store";
import { enqueue } from "../core/local-writes";
import type { Operation, OutboxEntry } from "../core/outbox";
import type { ServerClock } from "../core/server-clock";
import type { Surroundings } from "../core/server-door";
import { settingNames, withSettings } from "../core/settings";
import { Observable } from "../observable";
import type { ConversationSettings, Preset, PresetFields, SettingsChange } from "../types";

type Undo = () => Promise<void>;

export const defaultPreset = "default";
export const presetOfFolder = (folder: string): string => `folder:${folder}`;

export async function openPresets(store: LocalStore, around: Surroundings, clock: ServerClock): Promise<LocalPresets> {
  const presets = new LocalPresets(store, around, clock);
  await presets.read();
  return presets;
}

/** Its snapshot: those that are not deleted, by name. */
export class LocalPresets extends Observable<readonly Preset[]> {
  private reading: Promise<void> = Promise.resolve();

  constructor(
    private readonly store: LocalStore,
    private readonly around: Surroundings,
    private readonly clock: ServerClock,
  ) {
    super([]);
    store.subscribe((change) => {
      if (change.presets) void this.read().catch(() => undefined);
    });
  }

  /** Resolves when what is on the device now is shown. */
  read(): Promise<void> {
    this.reading = this.reading
      .catch(() => undefined)
      .then(async () => this.publish((await this.store.read(presetsShown)).sort((a, b) => (a.name ?? "").localeCompare(b.name ?? "") || (a.id < b.id ? -1 : 1))));
    return this.reading;
  }

  find(id: string): Preset | undefined {
    return this.snapshot().find((row) => row.id === id);
  }
  /** Of what is not there: none. */
  settingsOf(id: string): ConversationSettings {
    return this.find(id)?.settings ?? {};
  }

  /** Makes it where it is not there. */
  async edit(id: string, fields: PresetFields): Promise<Undo> {
    const before = this.find(id);
    await this.run({ type: "edit-preset", presetId: id, editedAt: this.clock.stamp(), fields });
    return () =>
      before
        ? this.run({ type: "edit-preset", presetId: id, editedAt: this.clock.stamp(), fields: fieldsBefore(before, fields) })
        : this.run({ type: "delete-preset", presetId: id, editedAt: this.clock.stamp() });
  }

  /** What is not there needs no removing: then nothing is done. */
  async remove(id: string): Promise<Undo> {
    const before = this.find(id);
    if (!before) return () => Promise.resolve();
    await this.run({ type: "delete-preset", presetId: id, editedAt: this.clock.stamp() });
    const { name, settings } = before;
    return () => this.run({ type: "edit-preset", presetId: id, editedAt: this.clock.stamp(), fields: { ...(name !== undefined && { name }), settings } });
  }

  /** A folder has another name: its settings go along, as far as the other one says nothing itself. */
  async moveFolder(from: string, to: string): Promise<Undo> {
    const moved = this.settingsOf(presetOfFolder(from));
    if (Object.keys(moved).length === 0) return () => Promise.resolve();
    const settings = { ...moved, ...this.settingsOf(presetOfFolder(to)) };
    const undos = [await this.edit(presetOfFolder(to), { settings }), await this.remove(presetOfFolder(from))];
    return async () => {
      for (const undo of undos.reverse()) await undo();
    };
  }

  private async run(operation: Operation): Promise<void> {
    await enqueue(this.store, this.around, [operation]);
    await this.read();
  }
}

async function presetsShown(tx: Reading): Promise<Preset[]> {
  const [rows, outbox] = [await tx.presets(), await tx.outbox()];
  const shown = new Map(rows.map((row) => [row.id, row]));
  for (const entry of outbox) {
    if ("presetId" in entry.operation) shown.set(entry.operation.presetId, replayed(shown.get(entry.operation.presetId), entry));
  }
  return [...shown.values()].filter((row) => row.deletedAt === undefined);
}

/** As the server will do it (src/domain/preset.cpp). */
function replayed(base: Preset | undefined, { operation, madeAt }: OutboxEntry): Preset {
  if (!("presetId" in operation)) throw new Error("It is of no preset.");
  const id = operation.presetId;
  const kind = id === defaultPreset ? "default" : id.startsWith("folder:") ? "folder" : "named";
  const { name, ...row }: Preset = base ?? { id, kind, settings: {}, createdAt: madeAt, updatedAt: madeAt, rev: 0, seq: 0 };
  if (operation.type !== "edit-preset") return { ...row, settings: {}, deletedAt: madeAt };
  const called = operation.fields.name ?? name;
  const settings = withSettings(row.settings, operation.fields.settings ?? {});
  const isThere = kind === "named" ? called !== undefined : Object.keys(settings).length > 0;
  return { ...row, ...(called !== undefined && { name: called }), settings: isThere ? settings : {}, deletedAt: isThere ? undefined : madeAt };
}

function fieldsBefore(before: Preset, fields: PresetFields): PresetFields {
  const changed = settingNames.filter((name) => fields.settings?.[name] !== undefined);
  const settings = Object.fromEntries(changed.map((name) => [name, before.settings[name] ?? null])) as SettingsChange;
  return { ...(fields.name !== undefined && before.name !== undefined && { name: before.name }), ...(changed.length > 0 && { settings }) };
}
