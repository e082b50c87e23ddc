// The bytes of a picture as an address that it can be drawn from.
import { canBeDrawn, pictureOf, type AttachmentBlock, type DeviceFiles } from "@threadkeep/client";
import { useEffect, useState } from "react";
import { client } from "../state/app-state";
import { useObservable } from "../state/hooks";
import { devicePart } from "./device-part";

/** `small`: for a place in which it is drawn no larger than in a message. */
export type Form = "small" | "whole";
export type Shown = { at: "loading" } | { at: "here"; url: string } | { at: "gone" } | { at: "away" } | { at: "no-picture" };

/** Those of one message are drawn several times: in the composer, in the message, large. */
const urls = new Map<string, { url: string; users: number }>();

const revokeMs = 1_000;

/** Who looks on is told when the server is back. */
export function usePicture(block: AttachmentBlock, form: Form): Shown {
  const device = useObservable(devicePart);
  const name = `${form} ${block.attachmentId}`;
  const isOnline = useObservable(client.connection).state === "online";
  const [shown, setShown] = useState<Shown>({ at: "loading" });
  const [tries, setTries] = useState(0);
  const isAway = shown.at === "away";
  // What could not be had is asked for again when the server is back; what is drawn stays as it is.
  useEffect(() => {
    if (isOnline && isAway) setTries((before) => before + 1);
  }, [isOnline, isAway]);
  useEffect(() => {
    if (!device) return;
    let isWanted = true;
    let isHeld = false;
    const take = (bytes: Blob) => {
      const known = urls.get(name) ?? { url: URL.createObjectURL(bytes), users: 0 };
      known.users += 1;
      urls.set(name, known);
      isHeld = true;
      setShown({ at: "here", url: known.url });
    };
    read(device, block, form).then(
      (bytes) => {
        if (!isWanted) return;
        if (bytes === null || bytes === "no-picture") setShown({ at: bytes === null ? "gone" : "no-picture" });
        else take(bytes);
      },
      () => isWanted && setShown({ at: "away" }),
    );
    return () => {
      isWanted = false;
      const known = urls.get(name);
      if (!isHeld || !known) return;
      known.users -= 1;
      // What takes its place may be drawing it already: of a question that was sent, its row of the server.
      setTimeout(() => {
        if (known.users > 0 || urls.get(name) !== known) return;
        urls.delete(name);
        URL.revokeObjectURL(known.url);
      }, revokeMs);
    };
  }, [device, name, tries]);
  return shown;
}

/** What the bytes are is looked up in them: a type that somebody wrote down proves nothing. */
async function read(device: DeviceFiles, block: AttachmentBlock, form: Form): Promise<Blob | "no-picture" | null> {
  const bytes = await (form === "small" ? device.small(block) : device.read(block.attachmentId));
  if (!bytes) return null;
  const head = new Uint8Array(await bytes.slice(0, 256 * 1024).arrayBuffer());
  const picture = pictureOf(head);
  return picture && canBeDrawn(picture) ? new Blob([bytes], { type: picture.mediaType }) : "no-picture";
}
