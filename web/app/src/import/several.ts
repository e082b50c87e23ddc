// Several files at once: each is read, whatever becomes of the others, and one report tells of all.
import { explain, importFile, type ErasedBefore, type ImportProgress, type ImportReport } from "@threadkeep/client";

export interface SeveralOptions {
  signal: AbortSignal;
  erased: ErasedBefore;
  /** `at`: which of the files is on its way, from 0. */
  onProgress: (at: number, progress: ImportProgress) => void;
  /** Replaced in tests. */
  send?: typeof importFile;
}

/** Rejects when not one of the files could be imported, with what the last one failed with, or when it was stopped. */
export async function importAll(files: readonly File[], { signal, erased, onProgress, send = importFile }: SeveralOptions): Promise<ImportReport> {
  const reports: ImportReport[] = [];
  const failures: ImportReport["problems"] = [];
  let last: unknown = new Error("There was nothing to import.");
  for (const [at, file] of files.entries()) {
    try {
      reports.push(await send(file, (progress) => onProgress(at, progress), signal, { erased }));
    } catch (error) {
      if (signal.aborted) throw error;
      last = error;
      failures.push({ conversation: "", title: file.name, reason: `This file was not imported. ${explain(error)}` });
    }
  }
  if (reports.length === 0) throw last;
  return withProblems(merged(reports), failures);
}

function withProblems(report: ImportReport, problems: ImportReport["problems"]): ImportReport {
  return { ...report, problems: [...problems, ...report.problems] };
}

export function merged(reports: readonly ImportReport[]): ImportReport {
  const [first] = reports;
  if (reports.length === 1) return first!;
  const kinds = new Map<string, number>();
  for (const { contentType, count } of reports.flatMap((one) => one.verbatim)) kinds.set(contentType, (kinds.get(contentType) ?? 0) + count);
  return {
    format: [...new Set(reports.map(({ format }) => format))].join(", "),
    name: `${reports.length} files`,
    conversations: sum(reports.map((one) => one.conversations)),
    messages: sum(reports.map((one) => one.messages)),
    presets: sum(reports.map((one) => one.presets)),
    verbatim: [...kinds].map(([contentType, count]) => ({ contentType, count })),
    problems: reports.flatMap((one) => one.problems),
    problemsLeftOut: reports.reduce((all, one) => all + one.problemsLeftOut, 0),
  };
}

function sum<Counts extends object>(all: readonly Counts[]): Counts {
  const total = { ...all[0]! } as Record<string, number>;
  for (const one of all.slice(1)) for (const [name, count] of Object.entries(one as Record<string, number>)) total[name] = (total[name] ?? 0) + count;
  return total as Counts;
}

/** What was dropped, with what lies in folders among it: of these only what may be an export. */
export async function droppedFiles(given: DataTransfer): Promise<File[]> {
  // What was dropped is there only until the event is over; its entries stay.
  const files = [...given.files];
  const entries = [...given.items].map((item) => item.webkitGetAsEntry?.() ?? null);
  if (!entries.some((entry) => entry?.isDirectory)) return files;
  const found = await Promise.all(entries.map((entry, at) => (entry?.isDirectory ? filesIn(entry as FileSystemDirectoryEntry) : [files[at]!])));
  return found.flat().filter((file) => /\.(json|zip)$/i.test(file.name));
}

async function filesIn(folder: FileSystemDirectoryEntry): Promise<File[]> {
  const reader = folder.createReader();
  const found: File[] = [];
  for (;;) {
    // A part of them at each call, until there is none left.
    const entries = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (entries.length === 0) return found;
    for (const entry of entries) {
      if (entry.isDirectory) found.push(...(await filesIn(entry as FileSystemDirectoryEntry)));
      else found.push(await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject)));
    }
  }
}
