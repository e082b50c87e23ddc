// Who can be asked, and with which keys. Everything here is the server's: nothing is kept in the browser, and without the server nothing is shown.
import { explain, vendorsApi, type Vendor, type VendorChoice, type VendorEntry, type VendorList } from "@threadkeep/client";
import { useEffect, useRef, useState } from "react";
import { Button } from "../components/ui/button";
import { classes } from "../components/ui/classes";
import { Dialog } from "../components/ui/dialog";
import { api, models } from "../state/app-state";
import { dialogs } from "../state/dialogs";
import { useObservable } from "../state/hooks";
import { VendorFormView } from "./vendor-form";
import { answerState, freeName, keyState, type VendorState } from "./vendor-words";

type Place = { kind: "list" } | { kind: "form"; vendor: Vendor | null; choice: VendorChoice | null };

const anyAddress = "any";

export default function VendorsDialog() {
  const { list, fault, calls, load } = useVendors();
  const [place, setPlace] = useState<Place>({ kind: "list" });
  const [said, setSaid] = useState("");

  async function save(entry: VendorEntry): Promise<void> {
    if (place.kind !== "form" || !list) return;
    const { vendor, choice } = place;
    const taken = [...list.vendors, ...list.choices].map(({ name }) => name);
    const name = choice?.name ?? freeName(entry.label ?? "", entry.address ?? "", taken);
    const stored = await (vendor ? calls.change(vendor, entry) : calls.add(name, entry));
    // Before the list is shown: it says whether the vendor answers.
    await Promise.all([load(), models.load({ anew: true })]);
    setSaid(`${stored.label} is saved.`);
    setPlace({ kind: "list" });
  }
  async function remove(vendor: Vendor): Promise<void> {
    await calls.remove(vendor);
    await Promise.all([load(), models.load()]);
    setSaid(`${vendor.label} is removed, and its key with it.`);
  }

  const title = place.kind === "list" ? "Models and keys" : (place.vendor?.label ?? place.choice?.label ?? "Any address");
  return (
    <Dialog
      isOpen
      onClose={() => dialogs.close()}
      title={title}
      description={place.kind === "list" ? "Who can be asked for answers. What you write to a model goes to its vendor, and to nobody else." : undefined}
      className="max-w-xl"
    >
      {!list ? (
        <Missing fault={fault} onAgain={() => void load()} />
      ) : place.kind === "form" ? (
        <VendorFormView
          key={place.vendor?.name ?? place.choice?.name ?? anyAddress}
          vendor={place.vendor}
          choice={place.choice}
          keepsKeys={list.keepsKeys}
          onSave={save}
          onCancel={() => setPlace({ kind: "list" })}
        />
      ) : (
        <Vendors list={list} fault={fault} said={said} onOpen={(vendor, choice) => setPlace({ kind: "form", vendor, choice })} onRemove={remove} />
      )}
    </Dialog>
  );
}

function useVendors() {
  const [calls] = useState(() => vendorsApi(api.baseUrl));
  const [list, setList] = useState<VendorList | null>(null);
  const [fault, setFault] = useState("");
  async function load(): Promise<void> {
    try {
      setList(await calls.list());
      setFault("");
    } catch (error) {
      setFault(explain(error));
    }
  }
  useEffect(() => {
    void load();
    void models.load();
  }, []);
  return { list, fault, calls, load };
}

function Missing({ fault, onAgain }: { fault: string; onAgain: () => void }) {
  return (
    <div className="px-6 pt-3 pb-6 text-small" role="status">
      {fault ? (
        <>
          <p className="mb-3 text-soft">
            <span className="font-medium text-failed">{fault}</span> Vendors and keys are kept there and not on this device: they can be seen and changed when it is back.
          </p>
          <Button icon="again" onClick={onAgain}>
            Try again
          </Button>
        </>
      ) : (
        <p className="appear-late text-faint">Loading…</p>
      )}
    </div>
  );
}

interface VendorsProps {
  list: VendorList;
  fault: string;
  said: string;
  onOpen: (vendor: Vendor | null, choice: VendorChoice | null) => void;
  onRemove: (vendor: Vendor) => Promise<void>;
}

function Vendors({ list, fault, said, onOpen, onRemove }: VendorsProps) {
  const { silent, isLoading } = useObservable(models);
  const choiceOf = (name: string) => list.choices.find((choice) => choice.name === name) ?? null;
  const free = list.choices.filter(({ name }) => !list.vendors.some((vendor) => vendor.name === name));
  const adding = useRef<HTMLSelectElement>(null);
  // What was just done ends here: the keyboard goes on at what one does next.
  useEffect(() => {
    if (said) adding.current?.focus();
  }, [said]);
  return (
    <div className="min-h-0 overflow-y-auto px-6 pt-3 pb-6">
      <p role="status" className="text-small text-done empty:hidden">
        {said}
      </p>
      {fault && (
        <p role="alert" className="text-small text-failed">
          {fault}
        </p>
      )}
      {list.vendors.length === 0 ? (
        <p className="py-2 text-small text-soft">Nobody yet, but for the built-in program. Choose a vendor below: with a key of your account there, or models on your own machine.</p>
      ) : (
        <ul className="divide-y divide-line" aria-label="Vendors">
          {list.vendors.map((vendor) => (
            <VendorLine key={`${vendor.source} ${vendor.name}`} vendor={vendor} onChange={() => onOpen(vendor, choiceOf(vendor.name))} onRemove={onRemove} />
          ))}
        </ul>
      )}
      <div className="mt-4 flex flex-wrap items-center gap-2">
        <select
          ref={adding}
          value=""
          aria-label="Add a vendor"
          onChange={(event) => onOpen(null, choiceOf(event.target.value))}
          className="h-10 min-w-48 grow rounded-lg border border-line-strong bg-ground px-2 text-small outline-none focus:border-accent max-md:h-11 max-md:text-base"
        >
          <option value="" disabled className="bg-raised text-ink">
            Add a vendor…
          </option>
          {free.map(({ name, label }) => (
            <option key={name} value={name} className="bg-raised text-ink">
              {label}
            </option>
          ))}
          <option value={anyAddress} className="bg-raised text-ink">
            Any address…
          </option>
        </select>
        {silent.length > 0 && (
          <Button icon="again" disabled={isLoading} onClick={() => void models.load({ anew: true })}>
            {isLoading ? "Asking…" : "Try again"}
          </Button>
        )}
      </div>
      <p className="mt-3 text-small text-faint">
        {list.keepsKeys
          ? "Keys are sealed on the server and sent only to the address that they were entered for. What the server’s environment sets up is changed there."
          : "This server has no secret to seal keys with: keys come from its environment alone."}
      </p>
    </div>
  );
}

function VendorLine({ vendor, onChange, onRemove }: { vendor: Vendor; onChange: () => void; onRemove: (vendor: Vendor) => Promise<void> }) {
  const { models: known, silent } = useObservable(models);
  const [isAsked, setAsked] = useState(false);
  const [fault, setFault] = useState("");
  const removal = useRef<HTMLButtonElement>(null);
  const wasAsked = useRef(false);
  useEffect(() => {
    if (wasAsked.current && !isAsked) removal.current?.focus();
    wasAsked.current = isAsked;
  }, [isAsked]);
  const states = [keyState(vendor), answerState(vendor, known.map(({ id }) => id), silent)];
  const isEntered = vendor.source === "entered";
  return (
    <li className="py-3">
      <div className="flex flex-wrap items-start gap-x-3 gap-y-1">
        <div className="min-w-[min(12rem,100%)] flex-1">
          <h3 dir="auto" className="font-semibold wrap-anywhere">
            {vendor.label}
          </h3>
          {states.map((state) => state && <StateLine key={state.text} state={state} />)}
          <p dir="ltr" className="text-small text-faint wrap-anywhere rtl:text-end">
            {vendor.address}
          </p>
        </div>
        {isEntered && !isAsked && (
          <div className="-me-2 flex gap-1">
            {!vendor.isSetAside && (
              <Button look={vendor.key === "lost" ? "outline" : "quiet"} aria-label={`Change ${vendor.label}`} onClick={onChange}>
                {vendor.key === "lost" ? "Enter the key" : "Change"}
              </Button>
            )}
            <Button ref={removal} look="quiet" aria-label={`Remove ${vendor.label}`} onClick={() => setAsked(true)}>
              Remove
            </Button>
          </div>
        )}
      </div>
      {isAsked && (
        <div role="group" aria-label={`Remove ${vendor.label}?`} className="mt-2 flex flex-wrap items-center gap-2 rounded-lg bg-side px-3 py-2 text-small">
          <p className="min-w-[min(12rem,100%)] flex-1">Its models cannot be asked any more{vendor.key === "none" ? "" : ", and its key is erased"}. Conversations stay.</p>
          <Button look="quiet" autoFocus onClick={() => setAsked(false)}>
            Keep it
          </Button>
          <Button look="danger" onClick={() => void onRemove(vendor).catch((error: unknown) => setFault(explain(error)))}>
            Remove
          </Button>
        </div>
      )}
      {fault && (
        <p role="alert" className="mt-1 text-small text-failed">
          {fault}
        </p>
      )}
    </li>
  );
}

function StateLine({ state }: { state: VendorState }) {
  return (
    <p dir="auto" className={classes("text-small wrap-anywhere", state.look === "failed" ? "text-failed" : state.look === "fine" ? "text-done" : "text-soft")}>
      {state.text}
    </p>
  );
}
