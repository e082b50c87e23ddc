import { monotonicFactory } from "ulid";

const next = monotonicFactory();

/** A new ULID. Ids made by one tab sort in the order they were made; the server never orders by them. */
export function newId(): string {
  return next();
}

const pattern = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

/** True for a canonical ULID; anything else in an address is no conversation. */
export function isId(text: string): boolean {
  return pattern.test(text);
}
