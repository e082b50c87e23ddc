import { Button } from "../components/ui/button";
import { dialogs } from "../state/dialogs";

/** From where a model does not answer to where that can be mended. */
export function KeysButton() {
  return (
    <Button look="quiet" icon="link" onClick={() => dialogs.open({ name: "connect" })}>
      Models and keys
    </Button>
  );
}
