import { Dialog } from "../components/ui/dialog";
import { dialogs } from "../state/dialogs";
import { shortcutLabel } from "./keys";

const groups: [string, [string, string][]][] = [
  [
    "Everywhere",
    [
      [shortcutLabel("palette"), "Search and commands"],
      [shortcutLabel("new"), "New conversation"],
      [shortcutLabel("panes"), "To the message field; from there to the list"],
      [shortcutLabel("side"), "Fold the side bar away, or show it"],
      [shortcutLabel("stop"), "Stop the answer, or close what is open"],
    ],
  ],
  [
    "In a conversation",
    [
      [shortcutLabel("find"), "Find in all of it; Enter and Shift Enter go on and back"],
      [shortcutLabel("print"), "Print all of it"],
    ],
  ],
  [
    "Where nothing is written",
    [
      ["/", "Search and commands"],
      [shortcutLabel("help"), "This list"],
    ],
  ],
  [
    "Writing",
    [
      ["Enter", "Send"],
      ["Shift Enter", "New line"],
      ["↑", "In an empty field: edit the last question"],
    ],
  ],
  [
    "In lists",
    [
      ["J  K", "Next, previous"],
      ["Enter", "Open"],
      ["F2", "Rename"],
      ["X", "Select, or not"],
      ["Shift X", "Select everything up to here"],
      ["*", "Select all"],
      [shortcutLabel("undo"), "Undo what was just done"],
      ["Esc", "Select nothing; back to all conversations"],
    ],
  ],
  [
    "With what is selected, or has the focus",
    [
      ["E", "Archive, or take out of the archive; in the trash: restore"],
      ["#", "Delete"],
      ["U", "Unread, or read"],
      ["P", "Pin, or unpin"],
      ["V", "Move to a folder"],
      ["T", "Tags"],
    ],
  ],
];

export default function ShortcutsDialog() {
  return (
    <Dialog isOpen onClose={() => dialogs.close()} title="Keyboard shortcuts">
      <div className="overflow-y-auto px-6 pt-2 pb-6">
        {groups.map(([title, keys]) => (
          <section key={title} className="mt-3">
            <h3 className="text-small font-medium text-faint">{title}</h3>
            <dl className="mt-1">
              {keys.map(([key, what]) => (
                <div key={key} className="flex items-center gap-4 border-b border-line py-2 text-small last:border-b-0">
                  <dt className="order-2 ms-auto shrink-0">
                    <kbd className="rounded-md border border-line-strong bg-side px-1.5 py-0.5 font-sans whitespace-pre">{key}</kbd>
                  </dt>
                  <dd>{what}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
