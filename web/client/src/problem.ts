// Failures of a call to the server, as types that a caller can tell apart.

/** The body of an `application/problem+json` answer (RFC 9457). */
export interface ProblemBody {
  type: string;
  title: string;
  status: number;
  detail?: string;
  instance?: string;
  requestId?: string;
}

/** The server answered, and the answer is a refusal. Trying the same again gives the same, unless `isTemporary`. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";
  constructor(readonly problem: ProblemBody) {
    super(problem.detail || problem.title);
  }
  get status(): number {
    return this.problem.status;
  }
  /** The last part of the problem's type, such as `conversation-deleted`. */
  get kind(): string {
    return this.problem.type.split("/").pop() ?? "";
  }
  /** 429 and 5xx: worth trying again later. */
  get isTemporary(): boolean {
    return this.status === 429 || this.status >= 500;
  }
}

/** No answer came: the server is down, or there is no network. Whether the call had an effect is unknown. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";
  constructor(cause?: unknown) {
    super("The server cannot be reached.", { cause });
  }
}

/** One plain sentence for a person. */
export function explain(error: unknown): string {
  if (error instanceof UnreachableError) return "The Threadkeep server cannot be reached.";
  if (error instanceof ProblemError) return error.message || "The server refused this.";
  return "Something went wrong in the page.";
}

/** Reads a refused answer. Answers that are no problem+json (a proxy's error page) get their status as title. */
export async function problemOf(response: Response): Promise<ProblemError> {
  let body: Partial<ProblemBody> = {};
  try {
    if ((response.headers.get("content-type") ?? "").includes("json")) {
      body = (await response.json()) as Partial<ProblemBody>;
    }
  } catch {
    body = {};
  }
  return new ProblemError({
    ...body,
    type: typeof body.type === "string" ? body.type : "about:blank",
    title: typeof body.title === "string" ? body.title : `The server answered ${response.status}.`,
    status: response.status,
  });
}
