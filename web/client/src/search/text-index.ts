// The words of the messages that are on this device, so that they can be found without the server. A chunk of its own, loaded on first use.
//
// Messages are indexed in segments of up to `segmentMessagesMax`: all their words, sorted, in one string, and for each word the messages that have it.
// A query looks through the string of each segment; that costs one read per thousand messages, and writing costs one row for many. Every hit is
// compared with the message as it is now, so that a segment that lags can show nothing wrong.
import type { TextHit, TextHits } from "../client";

import { textOf } from "../message-row";
import type { DeviceDatabase, TextSegment } from "../store/dexie-store";
import type { Message } from "../types";
import { allWordsOf, isUnspaced, matchWords, withoutAccents, wordsOf } from "./words";

export const segmentMessagesMax = 1024;
/** Messages put into the index in one transaction. */
const stepMessages = 256;
const hitsMaxDefault = 50;
/** Messages that are not in the index yet are looked through one by one, up to this many. */
const unindexedMax = 3000;
/** Longer words are kept in pieces; more of a wanted word than half a piece is not looked for in the index. */
const pieceLetters = 48;
const wantedLettersMax = pieceLetters / 2;
/** Segments with lower numbers hold less of a text, by the rule of an older page: they are made again. */
export const firstSegment = 1_000_000;

/**
 * What a text is found by, any part of it: its words and runs of signs, with their accents and without; pairs of characters, and the last one, where
 * words are written without spaces.
 */
export function indexWords(text: string): Set<string> {
  const words = new Set<string>();
  for (const word of allWordsOf(text)) {
    if (isUnspaced(word)) for (const pair of [...pairsOf(word), Array.from(word).at(-1)!]) words.add(pair);
    else for (const form of [word, withoutAccents(word)]) for (const piece of piecesOf(form)) words.add(piece);
  }
  return words;
}

/** Work in one go, in milliseconds, and a text's part of it in characters. */
const sliceMs = 8;
const sliceChars = 16_000;
/** Where a text without any white space is cut, so much stands in both parts: what is looked for is never longer. */
const overlapChars = 4 * wantedLettersMax;

let sliceBegan = 0;

/** The same as `indexWords`, with pauses for others: a message may have 4 MiB. */
export async function indexWordsInSlices(text: string): Promise<Set<string>> {
  const words = new Set<string>();
  for (const part of partsOf(text)) {
    if (performance.now() - sliceBegan > sliceMs) {
      await new Promise((resolve) => setTimeout(resolve));
      sliceBegan = performance.now();
    }
    for (const word of indexWords(part)) words.add(word);
  }
  return words;
}

/** Cut at white space where there is any. */
export function* partsOf(text: string): Generator<string> {
  for (let from = 0; from < text.length; ) {
    const isLast = text.length - from <= 2 * sliceChars;
    const space = isLast ? -1 : text.slice(from + sliceChars, from + 2 * sliceChars).search(/\s/);
    const end = isLast ? text.length : from + sliceChars + (space >= 0 ? space : sliceChars);
    yield text.slice(from, end);
    from = isLast || space >= 0 ? end : end - overlapChars;
  }
}

/** Any `wantedLettersMax` letters that follow each other are in one of the pieces. */
function piecesOf(word: string): string[] {
  if (word.length <= pieceLetters) return [word];
  const pieces: string[] = [];
  for (let at = 0; at + wantedLettersMax <= word.length; at += pieceLetters - wantedLettersMax) pieces.push(word.slice(at, at + pieceLetters));
  return pieces;
}

/** Puts what waits into the index until nothing waits, with a pause after each step. */
export async function indexWaiting(db: DeviceDatabase, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && (await isBehind(db)) && (await indexStep(db))) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Asked without locking what others write. */
async function isBehind(db: DeviceDatabase): Promise<boolean> {
  return (await db.textQueue.limit(1).count()) > 0 || (await db.textSegments.where("n").below(firstSegment).limit(1).count()) > 0;
}

/** One step; false when nothing waited. The words are taken apart between two transactions: nobody waits for that, and it takes nobody's turn. */
export async function indexStep(db: DeviceDatabase, stepMax = stepMessages): Promise<boolean> {
  const waiting = await db.textQueue.limit(stepMax).toArray();
  if (waiting.length === 0) return takeApart(db);
  const gone = waiting.filter((record) => record.gone).map((record) => record.messageId);
  const ids = waiting.filter((record) => !record.gone).map((record) => record.messageId);
  const rows = (await db.messages.bulkGet(ids)).filter((row) => row !== undefined);
  const fresh: IndexedMessage[] = [];
  for (const row of rows) fresh.push({ id: row.id, createdAt: row.createdAt, words: await indexWordsInSlices(textOf(row)) });
  return db.transaction("rw", [db.messages, db.textQueue, db.textSegments], async () => {
    const now = await db.messages.bulkGet(rows.map((row) => row.id));
    // What has changed since waits still.
    const changed = new Set(rows.filter((row, at) => now[at]?.seq !== row.seq || now[at]?.epoch !== row.epoch).map((row) => row.id));
    if (gone.length > 0) await forget(db, new Set(gone));
    const sound = fresh.filter(({ id }) => !changed.has(id));
    if (sound.length > 0) await add(db, sound);
    await db.textQueue.bulkDelete(waiting.map((record) => record.messageId).filter((id) => !changed.has(id)));
    return true;
  });
}

/** The messages of a segment that an older page has made wait to be indexed again. False: there is none. */
function takeApart(db: DeviceDatabase): Promise<boolean> {
  return db.transaction("rw", [db.textQueue, db.textSegments], async () => {
    const older = await db.textSegments.where("n").below(firstSegment).first();
    if (!older) return false;
    await db.textQueue.bulkPut(older.messageIds.map((messageId) => ({ messageId })));
    await db.textSegments.delete(older.n);
    return true;
  });
}

/** The last segment takes more until it is full; then a new one begins. */
async function add(db: DeviceDatabase, fresh: readonly IndexedMessage[]): Promise<void> {
  const last = await db.textSegments.orderBy("n").last();
  const isOpen = last !== undefined && last.n >= firstSegment && last.messageIds.length + fresh.length <= segmentMessagesMax;
  const again = new Set(fresh.map(({ id }) => id));
  const n = isOpen ? last.n : Math.max(firstSegment, (last?.n ?? 0) + 1);
  await db.textSegments.put(combined(n, isOpen ? last : null, again, fresh));
}

/** Makes the segments again that have words of messages that are gone. */
async function forget(db: DeviceDatabase, gone: ReadonlySet<string>): Promise<void> {
  for (const n of await db.textSegments.toCollection().primaryKeys()) {
    const segment = await db.textSegments.get(n);
    if (!segment?.messageIds.some((id) => gone.has(id))) continue;
    if (segment.messageIds.every((id) => gone.has(id))) await db.textSegments.delete(n);
    else await db.textSegments.put(combined(n, segment, gone, []));
  }
}

interface IndexedMessage {
  id: string;
  createdAt: number;
  words: Iterable<string>;
}

export function segmentOf(n: number, rows: readonly Message[]): TextSegment {
  return combined(n, null, new Set(), rows.map((row) => ({ id: row.id, createdAt: row.createdAt, words: indexWords(textOf(row)) })));
}

/** A segment of what `old` holds, without the messages `dropped`, and `fresh`. The texts of the old ones are not read again. */
function combined(n: number, old: TextSegment | null, dropped: ReadonlySet<string>, fresh: readonly IndexedMessage[]): TextSegment {
  const places = new Map<string, number[]>();
  const messageIds: string[] = [];
  const times: number[] = [];
  const moved = (old?.messageIds ?? []).map((id, at) => {
    if (dropped.has(id)) return -1;
    times.push(old!.times[at]!);
    return messageIds.push(id) - 1;
  });
  const oldWords = old ? old.words.slice(1, -1).split("\n") : [];
  for (let at = 0; old && at + 1 < old.starts.length; at += 1) {
    const list: number[] = [];
    for (let i = old.starts[at]!; i < old.starts[at + 1]!; i += 1) if (moved[old.places[i]!]! >= 0) list.push(moved[old.places[i]!]!);
    if (list.length > 0) places.set(oldWords[at]!, list);
  }
  for (const { id, createdAt, words } of fresh) {
    times.push(createdAt);
    const index = messageIds.push(id) - 1;
    for (const word of words) {
      const list = places.get(word);
      if (list) list.push(index);
      else places.set(word, [index]);
    }
  }
  const words = [...places.keys()].sort();
  const starts = new Uint32Array(words.length + 1);
  words.forEach((word, index) => (starts[index + 1] = starts[index]! + places.get(word)!.length));
  const all = new Uint16Array(starts[words.length]!);
  words.forEach((word, index) => all.set(places.get(word)!, starts[index]));
  // Each word stands between two line ends, so that a part of one is found by a plain search of the string.
  return { n, words: `\n${words.join("\n")}\n`, starts, places: all, messageIds, times: Float64Array.from(times) };
}

/** The messages of a segment that have every wanted word, as indexes into `messageIds`. */
export function findIn(segment: TextSegment, wanted: readonly string[]): number[] {
  let found: Set<number> | null = null;
  for (const word of wanted) {
    const here = new Set<number>();
    for (const index of wordIndexes(segment.words, word)) {
      for (let i = segment.starts[index]!; i < segment.starts[index + 1]!; i += 1) {
        const place = segment.places[i]!;
        if (found === null || found.has(place)) here.add(place);
      }
    }
    if (here.size === 0) return [];
    found = here;
  }
  return [...(found ?? [])];
}

/** The words that hold `part`. */
function wordIndexes(words: string, part: string): number[] {
  const indexes: number[] = [];
  // Line ends stand before each word and after the last one; `index` is that of the word that `counted` is in.
  let [index, counted] = [-1, 0];
  for (let at = words.indexOf(part); at >= 0; at = words.indexOf(part, words.indexOf("\n", at))) {
    for (; counted <= at; counted += 1) if (words.charCodeAt(counted) === 10) index += 1;
    indexes.push(index);
  }
  return indexes;
}

/** `shown` gives the title of a conversation, null when it is in the trash or gone: then nothing of it is found. */
export async function searchTexts(
  db: DeviceDatabase,
  query: string,
  shown: (conversationId: string) => string | null,
  options: { limit?: number; signal?: AbortSignal } = {},
): Promise<TextHits> {
  const words = wordsOf(query);
  if (words.length === 0) return { hits: [], notYetIndexed: 0 };
  const wanted = words.flatMap((word) => (isUnspaced(word) ? pairsOf(word) : [word.slice(0, wantedLettersMax)]));
  const candidates: { id: string; time: number }[] = [];
  for (const n of await db.textSegments.toCollection().primaryKeys()) {
    options.signal?.throwIfAborted();
    const segment = await db.textSegments.get(n);
    if (segment) for (const index of findIn(segment, wanted)) candidates.push({ id: segment.messageIds[index]!, time: segment.times[index]! });
  }
  const notYetIndexed = await db.textQueue.count();
  for (const { messageId } of await db.textQueue.limit(unindexedMax).toArray()) candidates.push({ id: messageId, time: Infinity });
  candidates.sort((a, b) => b.time - a.time);
  const hits = await compared(db, candidates, words, shown, options);
  return { hits, notYetIndexed: Math.max(0, notYetIndexed - unindexedMax) };
}

async function compared(
  db: DeviceDatabase,
  candidates: readonly { id: string; time: number }[],
  words: readonly string[],
  shown: (conversationId: string) => string | null,
  { limit = hitsMaxDefault, signal }: { limit?: number; signal?: AbortSignal },
): Promise<TextHit[]> {
  const hits: TextHit[] = [];
  const seen = new Set<string>();
  const unindexed = candidates.findIndex((candidate) => candidate.time !== Infinity);
  const firstIndexed = unindexed < 0 ? candidates.length : unindexed;
  for (let from = 0; from < candidates.length && (hits.length < limit || from < firstIndexed); from += 200) {
    signal?.throwIfAborted();
    const ids = candidates.slice(from, from + 200).map((candidate) => candidate.id).filter((id) => !seen.has(id) && seen.add(id));
    for (const row of await db.messages.bulkGet(ids)) {
      const hit = row && hitIn(row, words, shown);
      if (hit) hits.push(hit);
    }
  }
  return hits.sort((a, b) => b.createdAt - a.createdAt).slice(0, limit);
}

const snippetLetters = 160;

function hitIn(row: Message, words: readonly string[], shown: (conversationId: string) => string | null): TextHit | null {
  const title = shown(row.conversationId);
  if (title === null) return null;
  const text = textOf(row);
  const ranges = matchWords(text, words);
  const first = ranges?.[0];
  if (!ranges || !first) return null;
  let from = Math.max(0, first.from - 40);
  if (from > 0) from = Math.max(from, text.lastIndexOf(" ", from) + 1);
  if (isLowSurrogate(text, from)) from += 1;
  let to = Math.min(text.length, from + snippetLetters);
  if (isLowSurrogate(text, to)) to -= 1;
  const inside = ranges.filter((range) => range.from >= from && range.to <= to).map((range) => ({ from: range.from - from, to: range.to - from }));
  const { conversationId, id: messageId, role, createdAt } = row;
  return { conversationId, title, messageId, role, createdAt, snippet: text.slice(from, to), ranges: inside };
}

function isLowSurrogate(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return unit >= 0xdc00 && unit <= 0xdfff;
}

function pairsOf(word: string): string[] {
  const letters = Array.from(word);
  if (letters.length < 2) return letters;
  return letters.slice(1).map((letter, index) => letters[index]! + letter);
}
