// How a real model is connected. Keys are given to the server, where nobody who looks over a shoulder at this page sees them.
import { useState } from "react";
import { Button } from "../components/ui/button";
import { CopyButton } from "../components/ui/copy-button";
import { Dialog } from "../components/ui/dialog";
import { models } from "../state/app-state";
import { dialogs } from "../state/dialogs";
import { useObservable } from "../state/hooks";

const ways: { title: string; about: string; line: string }[] = [
  { title: "Ollama", about: "Models on your own machine. Nothing leaves it.", line: "OLLAMA_HOST=127.0.0.1:11434 threadkeep serve" },
  { title: "OpenAI", about: "With a key of your account there.", line: "OPENAI_API_KEY=… threadkeep serve" },
  { title: "Anthropic", about: "Claude, with a key of your account there.", line: "ANTHROPIC_API_KEY=… threadkeep serve" },
  { title: "Google", about: "Gemini, with a key of Google AI Studio.", line: "GEMINI_API_KEY=… threadkeep serve" },
  {
    title: "llama.cpp, vLLM, LM Studio",
    about: "Models on your own machines: LLAMACPP_BASE_URL, VLLM_BASE_URL or LMSTUDIO_BASE_URL.",
    line: "LLAMACPP_BASE_URL=http://127.0.0.1:8080/v1 threadkeep serve",
  },
  {
    title: "Any other server",
    about: "Whatever speaks OpenAI’s protocol, or with CUSTOM_PROTOCOL that of Anthropic or Gemini.",
    line: "CUSTOM_BASE_URL=https://models.example/v1 CUSTOM_API_KEY=… threadkeep serve",
  },
];

export default function ConnectDialog() {
  const { models: known } = useObservable(models);
  const [isLooking, setLooking] = useState(false);
  const others = known.filter(({ id }) => id !== "builtin");
  async function look() {
    setLooking(true);
    await models.load();
    setLooking(false);
  }
  return (
    <Dialog isOpen onClose={() => dialogs.close()} title="Connect a model" description="Start the server again with one of these in front, then look again.">
      <div className="overflow-y-auto px-6 pt-3 pb-6">
        <ul className="flex flex-col gap-4">
          {ways.map(({ title, about, line }) => (
            <li key={title}>
              <h3 className="font-semibold">{title}</h3>
              <p className="text-small text-soft">{about}</p>
              <div className="mt-1.5 flex items-center gap-1 rounded-lg bg-side ps-3 pe-1">
                <code dir="ltr" className="min-w-0 grow overflow-x-auto py-2 font-mono text-small whitespace-nowrap">
                  {line}
                </code>
                <CopyButton text={() => line} label={`Copy the line for ${title}`} />
              </div>
            </li>
          ))}
        </ul>
        <div className="mt-5 flex flex-wrap items-center gap-3">
          <Button look="primary" icon="again" disabled={isLooking} onClick={() => void look()}>
            Look again
          </Button>
          <p role="status" className="text-small text-soft">
            {isLooking ? "Looking…" : others.length === 0 ? "No model was found so far." : `Found: ${others.slice(0, 3).map(({ name }) => name).join(", ")}${others.length > 3 ? ` and ${others.length - 3} more` : ""}.`}
          </p>
        </div>
      </div>
    </Dialog>
  );
}
