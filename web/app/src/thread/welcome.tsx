import { Button } from "../components/ui/button";
import { Icon, type IconName } from "../components/ui/icon";
import { LeftDraftsPlace } from "../composer/left-drafts-place";
import { writingOf } from "../composer/writing";
import { models } from "../state/app-state";
import { dialogs } from "../state/dialogs";
import { focusComposer } from "../state/focus";
import { useObservable, useView } from "../state/hooks";
import { useHasNothing } from "./has-nothing";

interface Idea {
  icon: IconName;
  title: string;
  text: string;
}

const ideas: Idea[] = [
  { icon: "chat", title: "Ask something", text: "Explain in five sentences why the sea is salty." },
  { icon: "braces", title: "Get some code", text: "Write a Python function that finds duplicate files, and explain how it works." },
  { icon: "edit", title: "Write together", text: "Draft a short, friendly mail that moves Friday’s meeting to Monday." },
];

/** What the built-in model can do: it is no AI, and says so. */
const builtInIdeas: Idea[] = [
  { icon: "text", title: "See how answers look", text: "Show me a sample" },
  { icon: "again", title: "Watch one being written", text: "Tell me a long story" },
  { icon: "chat", title: "Ask what this is", text: "Hello, who are you?" },
];

/** The place where a conversation begins. On the first start it also says what this is. */
export function Welcome() {
  const isFirst = useHasNothing();
  const writing = writingOf(useView());
  const { models: known, phase } = useObservable(models);
  const isOnlyBuiltIn = phase === "ready" && known.length === 1;
  if (isFirst === null) return <div className="grow" />;
  const take = (text: string) => {
    writing.write(text);
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
        {isOnlyBuiltIn && <NoModelYet />}
        <div className="mt-5 empty:hidden">
          <LeftDraftsPlace onTake={(text) => (writing.putBack(text), focusComposer())} />
        </div>
        {isFirst && (
          <>
            <ul className="mt-8 grid gap-3 max-md:mt-5 max-md:gap-2 md:grid-cols-3" aria-label="Things to try">
              {(isOnlyBuiltIn ? builtInIdeas : ideas).map((idea) => (
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
              <p className="min-w-[min(14rem,100%)] flex-1 text-small text-soft">
                <span className="block font-semibold text-ink">Bring your history along</span>
                An export of ChatGPT, or one of Threadkeep, is read in whole, and you get a true report of it.
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

/** Who wants to talk to a model learns at once that there is none, and what to do about it. */
function NoModelYet() {
  return (
    <div className="mt-5 flex flex-wrap items-center gap-x-4 gap-y-2 rounded-2xl border border-line px-4 py-3" role="note">
      <p className="min-w-[min(14rem,100%)] flex-1 text-small text-soft">
        <span className="block font-semibold text-ink">No AI model is connected yet.</span>
        The built-in one answers by a few rules, for trying things out.
      </p>
      <Button look="primary" icon="link" onClick={() => dialogs.open({ name: "connect" })}>
        Connect one
      </Button>
    </div>
  );
}
