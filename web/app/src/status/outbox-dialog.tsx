// Everything that is on this device and not yet on the server, one by one.
import { useRef, useState } from "react";
import type { OutboxItem, OutboxKind } from "@threadkeep/client";
import { Button } from "../components/ui/button";
import { copyText } from "../components/ui/copy-button";
import { Dialog } from "../components/ui/dialog";
import { Icon, type IconName } from "../components/ui/icon";
import { failed } from "../state/actions";
import { defaultId, headOf, isPreset } from "../settings/target";
import { client } from "../state/app-state";
import { dialogs } from "../state/dialogs";
import { useObservable } from "../state/hooks";
import { router } from "../state/route";
import { toasts } from "../state/toasts";
import { shortTime } from "../thread/times";

const kinds: Record<OutboxKind, [IconName, string]> = {
  create: ["plus", "New conversation"],
  ask: ["chat", "Question"],
  append: ["chat", "Message"],
  edit: ["edit", "Change"],
  delete: ["trash", "To the trash"],
  restore: ["restore", "Out of the trash"],
  "delete-messages": ["trash", "Messages deleted"],
  "restore-messages": ["restore", "Messages restored"],
  preset: ["sliders", "Settings"],
};

export default function OutboxDialog() {
  const { items, waiting, failed: refused } = useObservable(client.outbox);
  const { state } = useObservable(client.connection);
  const description =
    items.length === 0
      ? "Everything is on the server."
      : state === "offline"
        ? "Kept on this device. It will be sent when the server can be reached again."
        : waiting > 0
          ? "Kept on this device, and being sent in this order."
          : "Kept on this device. The server refused it.";
  return (
    <Dialog isOpen onClose={() => dialogs.close()} title="Not on the server yet" description={description} className="max-w-xl">
      <ul className="min-h-0 overflow-y-auto px-6 pt-2" aria-label="Waiting">
        {items.map((item) => (
          <Item key={item.id} item={item} />
        ))}
      </ul>
      <div className="flex flex-wrap justify-end gap-2 px-6 pt-3 pb-5">
        {refused > 1 && (
          <Button icon="again" onClick={() => void client.outbox.retry().catch(failed)}>
            Try all {refused} again
          </Button>
        )}
        {state === "offline" && (
          <Button icon="again" onClick={() => client.syncNow()}>
            Try to connect now
          </Button>
        )}
        <Button look="primary" onClick={() => dialogs.close()}>
          Close
        </Button>
      </div>
    </Dialog>
  );
}

/** Named ones are seen from everywhere. */
function presetPlace(id: string): string {
  return isPreset(id) ? id : defaultId;
}

function Item({ item }: { item: OutboxItem }) {
  const [isAsking, setAsking] = useState(false);
  const wasAsked = useRef(false);
  const [icon, what] = kinds[item.kind];
  const isText = item.kind === "ask" || item.kind === "append";
  const ask = () => {
    wasAsked.current = true;
    setAsking(true);
  };
  const discard = () => client.outbox.discard(item.id).then(() => toasts.show({ text: "Thrown away." }), failed);
  return (
    <li className="border-b border-line py-3 text-small last:border-b-0">
      <div className="flex items-baseline gap-2">
        <Icon name={icon} size={16} className="shrink-0 translate-y-[3px] text-faint" />
        <button
          type="button"
          dir="auto"
          className="target min-w-0 grow truncate rounded text-start font-medium hover:underline"
          onClick={() => {
            dialogs.close();
            if (item.kind === "preset") dialogs.open({ name: "settings", chat: presetPlace(item.conversationId) });
            else router.open(item.conversationId);
          }}
        >
          {item.kind === "preset" ? item.text || headOf(presetPlace(item.conversationId)).title : item.title || "New conversation"}
        </button>
        <span className="shrink-0 text-faint">
          {what}, {shortTime(item.madeAt, Date.now())}
        </span>
      </div>
      {item.text && item.text !== item.title && (
        <p dir="auto" className="mt-1 line-clamp-2 ps-6 text-soft wrap-anywhere">
          {item.text}
        </p>
      )}
      {item.state === "failed" && <p className="mt-1 ps-6 text-failed wrap-anywhere">{item.reason}</p>}
      <div className="-ms-1 mt-1 flex flex-wrap items-center gap-1 ps-5">
        {isAsking ? (
          <>
            <span className="px-2 text-soft">It is nowhere else.</span>
            <Button look="danger" className="h-8" onClick={discard}>
              Throw it away
            </Button>
            <Button look="quiet" className="h-8" autoFocus onClick={() => setAsking(false)}>
              Keep it
            </Button>
          </>
        ) : (
          <>
            {item.state === "failed" && (
              <Button look="quiet" icon="again" className="h-8 px-2" onClick={() => void client.outbox.retry(item.id).catch(failed)}>
                Try again
              </Button>
            )}
            {isText && (
              <Button look="quiet" icon="copy" className="h-8 px-2" onClick={() => void copyText(item.text).then((ok) => ok && toasts.show({ text: "Copied." }))}>
                Copy
              </Button>
            )}
            <Button look="quiet" icon="trash" className="h-8 px-2" autoFocus={wasAsked.current} onClick={ask}>
              Discard
            </Button>
          </>
        )}
      </div>
    </li>
  );
}
