import { explain, type Vendor, type VendorChoice, type VendorEntry } from "@threadkeep/client";
import { useId, useRef, useState, type FormEvent, type ReactNode } from "react";
import { Button } from "../components/ui/button";
import { classes } from "../components/ui/classes";
import { entryOf, formOf, mayTakeKey, originOf, protocols, type VendorForm } from "./vendor-words";

const look = "block h-10 w-full rounded-lg border border-line-strong bg-ground px-3 outline-none placeholder:text-faint focus:border-accent max-md:h-11 max-md:text-base";

interface FormProps {
  /** Null: a new one. */
  vendor: Vendor | null;
  /** Null: any address. */
  choice: VendorChoice | null;
  keepsKeys: boolean;
  /** Rejects with what the server has against it. */
  onSave: (entry: VendorEntry) => Promise<void>;
  onCancel: () => void;
}

/** One vendor. The key stands in its field and nowhere else: it is gone with the form, whatever becomes of it. */
export function VendorFormView({ vendor, choice, keepsKeys, onSave, onCancel }: FormProps) {
  const [form, setForm] = useState(() => formOf(vendor, choice));
  const [fault, setFault] = useState("");
  const [isSaving, setSaving] = useState(false);
  const [hasKey, setHasKey] = useState(false);
  const key = useRef<HTMLInputElement>(null);
  const take = (parts: Partial<VendorForm>) => setForm({ ...form, ...parts });

  const isAny = choice === null;
  const asksAddress = isAny || choice.address === undefined;
  const address = form.address.trim() || (choice?.address ?? "");
  const stays = vendor?.key === "set" && originOf(address) === originOf(vendor.address);
  const isComplete =
    address !== "" && (!choice?.hasDeployments || form.deployments.trim() !== "") && (!choice?.needsKey || hasKey || stays) && !(hasKey && !mayTakeKey(address));

  async function save(event: FormEvent) {
    event.preventDefault();
    if (!isComplete || isSaving) return;
    setSaving(true);
    setFault("");
    try {
      await onSave(entryOf(form, key.current?.value ?? ""));
    } catch (error) {
      setFault(explain(error));
      setSaving(false);
    }
  }

  const addressField = (isFirst: boolean) => (
    <Labelled label="Address" hint={isAny ? "Models on your own network may have http://, without a key." : undefined}>
      {(ids) => (
        <input
          {...ids}
          autoFocus={isFirst}
          type="url"
          inputMode="url"
          autoComplete="off"
          spellCheck={false}
          dir="ltr"
          value={form.address}
          placeholder={choice?.address ?? (choice?.hasDeployments ? "https://NAME.openai.azure.com" : "https://models.example/v1")}
          onChange={(event) => take({ address: event.target.value })}
          className={look}
        />
      )}
    </Labelled>
  );

  const protocolField = (
    <Labelled label="Protocol">
      {(ids) => (
        <select {...ids} value={form.protocol} onChange={(event) => take({ protocol: protocols.find(({ value }) => value === event.target.value)?.value ?? "" })} className={classes(look, "px-2")}>
          {protocols.map(({ value, label }) => (
            <option key={value} value={value} className="bg-raised text-ink">
              {label}
            </option>
          ))}
        </select>
      )}
    </Labelled>
  );

  return (
    <form className="flex min-h-0 flex-col" autoComplete="off" onSubmit={(event) => void save(event)}>
      <div className="min-h-0 space-y-4 overflow-y-auto px-6 pt-3 pb-5">
        {isAny && (
          <Labelled label="Name" hint="What you call it. Its models are listed under this name.">
            {(ids) => (
              <input {...ids} autoFocus dir="auto" autoComplete="off" maxLength={60} value={form.label} onChange={(event) => take({ label: event.target.value })} className={look} />
            )}
          </Labelled>
        )}
        {asksAddress && addressField(!isAny)}
        {choice?.hasDeployments && (
          <Labelled label="Deployments" hint="Their names, with commas between them: Azure has no list of them.">
            {(ids) => <input {...ids} dir="ltr" autoComplete="off" value={form.deployments} onChange={(event) => take({ deployments: event.target.value })} className={look} />}
          </Labelled>
        )}
        <Labelled label={choice?.needsKey ? "Key" : "Key, if it wants one"} hint={keyHint(vendor, stays, keepsKeys, form.isKeyTaken)} fault={hasKey && !mayTakeKey(address) ? "A key is sent by https:// only, unless the address is on the server’s own machine." : undefined}>
          {(ids) => (
            <input
              {...ids}
              ref={key}
              autoFocus={!asksAddress}
              type="password"
              autoComplete="off"
              data-1p-ignore=""
              data-lpignore="true"
              spellCheck={false}
              dir="ltr"
              disabled={!keepsKeys || form.isKeyTaken}
              placeholder={stays ? "As it was entered" : ""}
              onChange={(event) => setHasKey(event.target.value.trim() !== "")}
              className={look}
            />
          )}
        </Labelled>
        {vendor?.key === "set" && !choice?.needsKey && (
          <label className="flex min-h-9 items-center gap-2.5 text-small max-md:min-h-11">
            <input type="checkbox" checked={form.isKeyTaken} onChange={(event) => take({ isKeyTaken: event.target.checked })} className="size-4 shrink-0 accent-accent" />
            Take the key away
          </label>
        )}
        {isAny ? (
          protocolField
        ) : (
          <details className="text-small">
            <summary className="target cursor-pointer py-1 text-soft">{asksAddress ? "Protocol" : "Another address or protocol"}</summary>
            <div className="space-y-4 pt-2">
              {!asksAddress && addressField(false)}
              {protocolField}
              {choice.hasDeployments && (
                <Labelled label="Version of the API" hint="Of Azure’s older addresses; leave it empty for the newer ones.">
                  {(ids) => <input {...ids} dir="ltr" autoComplete="off" value={form.apiVersion} onChange={(event) => take({ apiVersion: event.target.value })} className={look} />}
                </Labelled>
              )}
            </div>
          </details>
        )}
      </div>
      <div className="flex shrink-0 flex-wrap items-center justify-end gap-2 border-t border-line px-6 py-3 max-md:px-4">
        {fault && (
          <p role="alert" className="min-w-[min(14rem,100%)] flex-1 text-small text-failed wrap-anywhere">
            {fault}
          </p>
        )}
        <Button look="quiet" onClick={onCancel}>
          Cancel
        </Button>
        <Button look="primary" type="submit" disabled={!isComplete || isSaving}>
          {isSaving ? "Asking it…" : vendor ? "Save" : "Add"}
        </Button>
      </div>
    </form>
  );
}

function keyHint(vendor: Vendor | null, stays: boolean, keepsKeys: boolean, isTaken: boolean): string {
  if (!keepsKeys) return "This server has no secret to seal keys with, so it keeps none. Its operator can give it one.";
  if (isTaken) return "It is taken away when you save.";
  if (stays) return "Leave it empty to keep the one that was entered.";
  if (vendor && vendor.key !== "none") return "It has to be entered again: a key goes only where it was entered for.";
  return "It goes to the server, is sealed there, and is shown to nobody again. Nothing of it stays in this browser.";
}

interface LabelledProps {
  label: string;
  hint?: string;
  fault?: string;
  children: (ids: { id: string; "aria-describedby": string | undefined; "aria-invalid": boolean }) => ReactNode;
}

function Labelled({ label, hint, fault, children }: LabelledProps) {
  const id = useId();
  const said = fault ?? hint;
  return (
    <div className="min-w-0">
      <label htmlFor={id} className="mb-1.5 block text-small font-medium">
        {label}
      </label>
      {children({ id, "aria-describedby": said ? `${id}-hint` : undefined, "aria-invalid": fault !== undefined })}
      {said && (
        <p id={`${id}-hint`} role={fault ? "alert" : undefined} className={classes("mt-1.5 text-small", fault ? "text-failed" : "text-faint")}>
          {said}
        </p>
      )}
    </div>
  );
}
