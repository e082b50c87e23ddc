import { useAui } from "@assistant-ui/react";
import { Button } from "../components/ui/button";
import { Icon, type IconName } from "../components/ui/icon";
import { dialogs } from "../state/dialogs";
import { focusComposer } from "../state/focus";
import { useHasNothing } from "./has-nothing";

const ideas: { icon: IconName; title: string; text: string }[] = [
  { icon: "chat", title: "Ask something", text: "Explain in five sentences why the sea is salty." },
  { icon: "braces", title: "Get some code", text: "Write a Python function that finds duplicate files, and explain how it works." },
  { icon: "search", title: "Find what was said", text: "Search my conversations for what I asked about last week." },
];

/** The place where a conversation begins. On the first start it also says what this is. */
export function Welcome() {
  const isFirst = useHasNothing();
  const aui = useAui();
  if (isFirst === null) return <div className="grow" />;
  const take = (text: string) => {
    aui.thread.composer().setText(text);
    focusComposer();
  };
  return (
    <div className="min-h-0 grow overflow-y-auto">
      <div className="mx-auto flex min-h-full max-w-[49rem] flex-col justify-center px-6 py-8 max-md:px-4">
        <h1 className="text-huge font-semibold tracking-tight">
          {isFirst ? "Your conversations, kept." : "What is on your mind?"}
        </h1>
        <p className="mt-2 max-w-[38rem] text-soft">
          {isFirst
            ? "Talk to any model here. Every word is stored on your own server the moment it is said: not lost on a refresh, a crash or a second device."
            : "Write below. Every message is stored before it is answered."}
        </p>
        {isFirst && (
          <>
            <ul className="mt-8 grid gap-3 max-md:mt-5 max-md:gap-2 md:grid-cols-3" aria-label="Things to try">
              {ideas.map((idea) => (
                <li key={idea.title}>
                  <button
                    type="button"
                    onClick={() => take(idea.text)}
                    className="flex size-full flex-col gap-1.5 rounded-2xl border border-line p-4 text-start hover:border-line-strong hover:bg-surface max-md:flex-row max-md:p-3 max-md:items-start max-md:gap-3"
                  >
                    <Icon name={idea.icon} className="shrink-0 text-accent" />
                    <span>
                      <span className="block font-semibold">{idea.title}</span>
                      <span className="mt-0.5 block text-small text-soft">{idea.text}</span>
                    </span>
                  </button>
                </li>
              ))}
            </ul>
            <div className="mt-4 flex flex-wrap items-center gap-x-4 gap-y-3 rounded-2xl bg-surface p-4">
              <p className="min-w-56 flex-1 text-small text-soft">
                <span className="block font-semibold text-ink">Bring your history along</span>
                An export from another chat application is read in whole, and you get a true report of it.
              </p>
              <Button icon="import" onClick={() => dialogs.open({ name: "import" })}>
                Import your history
              </Button>
            </div>
          </>
        )}
      </div>
    </div>
  );
}
