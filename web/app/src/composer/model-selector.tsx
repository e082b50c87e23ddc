import { useRef, useState, type KeyboardEvent } from "react";
import type { Model } from "@threadkeep/client";
import { Button } from "../components/ui/button";
import { Icon } from "../components/ui/icon";
import { Menu, MenuCheckItem, MenuItem, MenuLabel, MenuRadioGroup, MenuRadioItem } from "../components/ui/menu";
import { isComposing } from "../shortcuts/owner";
import { models } from "../state/app-state";
import { dialogs } from "../state/dialogs";
import { useObservable } from "../state/hooks";
import { favourites, grouped, usedLast } from "../state/model-order";
import { reading } from "../state/reading";

/** How many may answer one question. */
const chosenMax = 8;
/** A list that is longer has a field to look for one. */
const unfilteredMax = 8;

/** Who is to answer: one model, or several; and what they may read. */
export function ModelSelector({ view, isNew }: { view: { id: string }; isNew: boolean }) {
  const { phase, models: known, chosen, several, failure } = useObservable(models);
  const { everywhere, chosen: readingChosen } = useObservable(reading);
  const [words, setWords] = useState("");
  if (phase === "loading") return null;
  const mayRead = readingChosen[view.id] ?? everywhere;
  const names = chosen.map((id) => models.nameOf(id));
  const label = phase === "failed" ? "No models" : names.length === 1 ? names[0] : `${names.length} models`;
  const said = `Model: ${names.join(", ") || label}${mayRead ? ", may search your conversations" : ""}`;
  return (
    <Menu
      className="w-80"
      align="start"
      onOpenChange={(isOpen) => {
        setWords("");
        if (isOpen) void models.load();
      }}
      trigger={
        <Button look="quiet" className="max-w-[min(18rem,60%)] min-w-0 gap-1 rounded-full px-3" aria-label={said} title={said}>
          {mayRead && <Icon name="search" size={16} className="shrink-0 text-accent" />}
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
      ) : (
        <>
          {known.length > unfilteredMax && <ModelFilter words={words} onWords={setWords} />}
          <ModelLines words={words} conversation={isNew ? undefined : view.id} />
          <SilentVendors />
        </>
      )}
      <div className="sticky -bottom-1 z-10 -mx-1 -mb-1 border-t border-line bg-raised p-1">
        <FavouriteLine />
        <MenuItem icon="sliders" onSelect={() => dialogs.open({ name: "settings", chat: view.id })}>
          Settings of this conversation
        </MenuItem>
        {known.length > 1 && (
          <MenuCheckItem checked={several} onSelect={(event) => event.preventDefault()} onCheckedChange={(isOn) => models.setSeveral(isOn === true)}>
            <TwoLines first="Ask several at once" second="They answer side by side; go on from the one that you like." />
          </MenuCheckItem>
        )}
        <MenuItem icon="link" onSelect={() => setTimeout(() => dialogs.open({ name: "connect" }))}>
          Models and keys…
        </MenuItem>
        <MenuItem icon="chat" onSelect={() => setTimeout(() => dialogs.open({ name: "duet" }))}>
          Let two models talk…
        </MenuItem>
        <MenuCheckItem
          checked={mayRead}
          onSelect={(event) => event.preventDefault()}
          onCheckedChange={(may) => reading.choose(view.id, may === true)}
        >
          <TwoLines first="Search my conversations" second={mayRead ? "Here the model may read your other conversations." : "Off: it sees this conversation only."} />
        </MenuCheckItem>
      </div>
    </Menu>
  );
}

function ModelLines({ words, conversation }: { words: string; conversation: string | undefined }) {
  const { models: known, chosen, several } = useObservable(models);
  const favourite = useObservable(favourites);
  // While it is open, nothing moves away under the pointer.
  const order = useRef<{ favourite: readonly string[]; last: readonly string[] }>(null);
  order.current ??= { favourite, last: usedLast() };
  const groups = grouped(known, order.current.favourite, order.current.last, words);
  if (groups.length === 0) return <MenuLabel>No model has these words.</MenuLabel>;
  const isOnly = groups.length === 1 && groups[0]!.title === "All models";
  const lines = groups.map(({ title, models: inGroup }) => (
    <div key={title} role="group" aria-label={title}>
      {!isOnly && <MenuLabel>{title}</MenuLabel>}
      {inGroup.map((model) => {
        if (!several) {
          return (
            <MenuRadioItem key={model.id} value={model.id}>
              <ModelWords model={model} isFavourite={favourite.includes(model.id)} />
            </MenuRadioItem>
          );
        }
        const isChosen = chosen.includes(model.id);
        return (
          <MenuCheckItem
            key={model.id}
            checked={isChosen}
            disabled={(isChosen && chosen.length === 1) || (!isChosen && chosen.length >= chosenMax)}
            onSelect={(event) => event.preventDefault()}
            onCheckedChange={() => models.choose(isChosen ? chosen.filter((id) => id !== model.id) : [...chosen, model.id], conversation)}
          >
            <ModelWords model={model} isFavourite={favourite.includes(model.id)} />
          </MenuCheckItem>
        );
      })}
    </div>
  ));
  if (several) return <>{lines}</>;
  return (
    <MenuRadioGroup value={chosen[0]} onValueChange={(id) => models.choose([id], conversation)}>
      {lines}
    </MenuRadioGroup>
  );
}

/** Who has models and did not name them: not left out in silence, and asked again on demand. */
function SilentVendors() {
  const { silent, isLoading } = useObservable(models);
  if (silent.length === 0) return null;
  return (
    <div role="group" aria-label="Not answering">
      <MenuLabel>Not answering</MenuLabel>
      {silent.map(({ name, reason }) => (
        <p key={name} dir="auto" className="px-2.5 py-1 text-small text-soft">
          {reason}
        </p>
      ))}
      <MenuItem
        icon="again"
        disabled={isLoading}
        onSelect={(event) => {
          event.preventDefault();
          void models.load({ anew: true });
        }}
      >
        {isLoading ? "Asking…" : "Try again"}
      </MenuItem>
    </div>
  );
}

/** Keeps what is typed to itself; the arrows go on into the list. */
function ModelFilter({ words, onWords }: { words: string; onWords: (words: string) => void }) {
  const canFocus = useRef(matchMedia("(pointer: fine)").matches);
  function onKeyDown(event: KeyboardEvent<HTMLInputElement>) {
    if (isComposing(event.nativeEvent) || !["Escape", "Tab", "ArrowDown", "Enter"].includes(event.key)) return event.stopPropagation();
    if (event.key !== "ArrowDown" && event.key !== "Enter") return;
    event.preventDefault();
    event.stopPropagation();
    const menu = event.currentTarget.closest("[role=menu]");
    const first = menu?.querySelector<HTMLElement>("[role=menuitemradio], [role=menuitemcheckbox]");
    if (event.key === "ArrowDown") first?.focus();
    else if (words.trim()) first?.click();
  }
  return (
    <div className="sticky -top-1 z-10 -mx-1 -mt-1 border-b border-line bg-raised p-1.5">
      <input
        autoFocus={canFocus.current}
        value={words}
        dir="auto"
        aria-label="Find a model"
        placeholder="Find a model"
        onChange={(event) => onWords(event.target.value)}
        onKeyDown={onKeyDown}
        className="h-9 w-full rounded-lg border border-line bg-ground px-2.5 text-small outline-none placeholder:text-faint focus:border-accent max-md:h-11 max-md:text-base"
      />
    </div>
  );
}

function FavouriteLine() {
  const { chosen, models: known } = useObservable(models);
  const favourite = useObservable(favourites);
  const id = chosen[0];
  if (chosen.length !== 1 || !id || known.length < 2) return null;
  const isFavourite = favourite.includes(id);
  return (
    <MenuItem
      icon="star"
      onSelect={(event) => {
        event.preventDefault();
        favourites.toggle(id);
      }}
    >
      {isFavourite ? `${models.nameOf(id)} is a favourite: take it off` : `Make ${models.nameOf(id)} a favourite`}
    </MenuItem>
  );
}

function TwoLines({ first, second }: { first: string; second: string }) {
  return (
    <span className="min-w-0 grow py-0.5">
      {first}
      <span className="block text-faint">{second}</span>
    </span>
  );
}

function ModelWords({ model, isFavourite }: { model: Model; isFavourite: boolean }) {
  return (
    <span className="min-w-0 grow py-0.5">
      <span className="flex gap-2">
        <span className="grow truncate font-medium">{model.name}</span>
        {isFavourite && <Icon name="star" size={14} className="mt-1 shrink-0 fill-current text-accent" />}
        <span className="shrink-0 text-faint">{model.vendor}</span>
      </span>
      {model.description && <span className="line-clamp-2 text-faint">{model.description}</span>}
    </span>
  );
}
