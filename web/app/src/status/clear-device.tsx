import { UnsentError } from "@threadkeep/client";
import { useState } from "react";
import { Button } from "../components/ui/button";
import { Dialog } from "../components/ui/dialog";
import { endPictures } from "../offline/last-picture";
import { failed } from "../state/actions";
import { client } from "../state/app-state";
import { dialogs } from "../state/dialogs";
import { useObservable } from "../state/hooks";

/** Takes the copy off this device: for a machine that others use. What was not sent is named first. */
export default function ClearDevice() {
  const { waiting, failed: refused } = useObservable(client.outbox);
  const [isWorking, setWorking] = useState(false);
  const unsent = waiting + refused;
  async function clear() {
    setWorking(true);
    try {
      await client.signOut(unsent > 0 ? "evenUnsent" : "onlyWhenSent");
      endPictures();
      location.assign("/");
    } catch (error) {
      setWorking(false);
      if (!(error instanceof UnsentError)) failed(error);
    }
  }
  return (
    <Dialog isOpen onClose={() => dialogs.close()} title="Remove the copy from this device?" className="max-w-md">
      <div className="px-6 pt-2 pb-6">
        <p className="text-soft">What is on the server stays there. Drafts and the copy for working offline are erased from this browser.</p>
        {unsent > 0 && (
          <p className="mt-3 rounded-xl bg-failed-ground px-4 py-3 text-small text-failed" role="alert">
            {unsent} {unsent === 1 ? "change was" : "changes were"} not sent yet, and would be lost.
          </p>
        )}
        <div className="mt-5 flex justify-end gap-2">
          <Button onClick={() => dialogs.close()} autoFocus>
            Keep it
          </Button>
          <Button look="danger" icon="trash" disabled={isWorking} onClick={() => void clear()}>
            {unsent > 0 ? "Remove, and lose them" : "Remove"}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
