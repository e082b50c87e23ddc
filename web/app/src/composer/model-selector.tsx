import type { Model } from "@threadkeep/client";
import { Button } from "../components/ui/button";
import { Icon } from "../components/ui/icon";
import { Menu, MenuCheckItem, MenuItem, MenuLabel, MenuLine, MenuRadioGroup, MenuRadioItem } from "../components/ui/menu";
import { models } from "../state/app-state";
import { useObservable } from "../state/hooks";

/** How many may answer one question. */
const chosenMax = 8;

/** Who is to answer: one model, or several side by side. */
export function ModelSelector({ conversationId }: { conversationId: string | undefined }) {
  const { phase, models: known, chosen, several, failure } = useObservable(models);
  if (phase === "loading") return null;
  const names = chosen.map((id) => models.nameOf(id));
  const label = phase === "failed" ? "No models" : names.length === 1 ? names[0] : `${names.length} models`;
  return (
    <Menu
      className="w-80"
      onOpenChange={(isOpen) => isOpen && void models.load()}
      trigger={
        <Button
          look="quiet"
          className="max-w-52 min-w-0 shrink-0 gap-1 px-2 max-md:max-w-32"
          aria-label={`Model: ${names.join(", ") || label}`}
          title={names.join(", ")}
        >
          <span className="truncate">{label}</span>
          <Icon name="down" size={16} className="shrink-0 text-faint" />
        </Button>
      }
    >
      {phase === "failed" ? (
        <>
          <MenuLabel>The models could not be read. {failure}</MenuLabel>
          <MenuItem icon="again" onSelect={() => void models.load()}>
            Try again
          </MenuItem>
        </>
      ) : several ? (
        <>
          <MenuLabel>Answer side by side</MenuLabel>
          {known.map((model) => {
            const isChosen = chosen.includes(model.id);
            const isOnly = isChosen && chosen.length === 1;
            return (
              <MenuCheckItem
                key={model.id}
                checked={isChosen}
                disabled={isOnly || (!isChosen && chosen.length >= chosenMax)}
                onSelect={(event) => event.preventDefault()}
                onCheckedChange={() =>
                  models.choose(
                    isChosen ? chosen.filter((id) => id !== model.id) : [...chosen, model.id],
                    conversationId,
                  )
                }
              >
                <ModelWords model={model} />
              </MenuCheckItem>
            );
          })}
        </>
      ) : (
        <MenuRadioGroup value={chosen[0]} onValueChange={(id) => models.choose([id], conversationId)}>
          {known.map((model) => (
            <MenuRadioItem key={model.id} value={model.id}>
              <ModelWords model={model} />
            </MenuRadioItem>
          ))}
        </MenuRadioGroup>
      )}
      {known.length > 1 && (
        <>
          <MenuLine />
          <MenuCheckItem
            checked={several}
            onSelect={(event) => event.preventDefault()}
            onCheckedChange={(isOn) => models.setSeveral(isOn === true)}
          >
            Ask several at once
          </MenuCheckItem>
        </>
      )}
    </Menu>
  );
}

function ModelWords({ model }: { model: Model }) {
  return (
    <span className="min-w-0 grow py-0.5">
      <span className="flex gap-2">
        <span className="grow truncate font-medium">{model.name}</span>
        <span className="shrink-0 text-faint">{model.vendor}</span>
      </span>
      {model.description && <span className="line-clamp-2 text-faint">{model.description}</span>}
    </span>
  );
}
