// Which addresses in a text written by others may become links or images.

const linkSchemes = new Set(["http:", "https:", "mailto:"]);

/** The address when it is absolute and of a harmless scheme, otherwise null: then only its text is shown. */
export function safeHref(address: string): string | null {
  try {
    const url = new URL(address.trim());
    return linkSchemes.has(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

/** A picture that is in the text itself and needs no request. SVG is left out: it is a document, not only a picture. */
export function inlineImage(address: string): string | null {
  return /^data:image\/(png|jpeg|gif|webp);base64,[a-z0-9+/=\s]+$/i.test(address) ? address : null;
}

/** The host that a person would reach, for display. */
export function hostOf(address: string): string {
  try {
    const url = new URL(address);
    return url.protocol === "mailto:" ? url.pathname : url.host;
  } catch {
    return "";
  }
}
