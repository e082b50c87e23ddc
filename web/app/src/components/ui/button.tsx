import type { ComponentPropsWithRef } from "react";
import { classes } from "./classes";
import { Icon, type IconName } from "./icon";
import { Tooltip } from "./tooltip";

type Look = "primary" | "quiet" | "outline" | "danger";

const looks: Record<Look, string> = {
  primary: "bg-accent text-on-accent hover:bg-accent-hover",
  quiet: "text-soft hover:bg-surface hover:text-ink",
  outline: "border border-line-strong text-ink hover:bg-surface",
  danger: "border border-failed text-failed hover:bg-failed-ground",
};

type ButtonProps = ComponentPropsWithRef<"button"> & { look?: Look; icon?: IconName };

export function Button({ look = "outline", icon, className, children, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      className={classes(
        "target inline-flex h-9 items-center justify-center gap-2 rounded-lg px-3 text-small font-medium transition-colors duration-100",
        "disabled:pointer-events-none disabled:opacity-50",
        looks[look],
        className,
      )}
      {...rest}
    >
      {icon && <Icon name={icon} size={18} />}
      {children}
    </button>
  );
}

type IconButtonProps = ComponentPropsWithRef<"button"> & {
  icon: IconName;
  /** What it does; read aloud, and shown on hover. */
  label: string;
  size?: "small" | "normal";
  /** Left out where a menu or dialog is about to open on it. */
  tooltip?: boolean;
};

export function IconButton({ icon, label, size = "normal", tooltip = true, className, ...rest }: IconButtonProps) {
  const button = (
    <button
      type="button"
      aria-label={label}
      className={classes(
        "target inline-flex shrink-0 items-center justify-center rounded-lg text-soft transition-colors duration-100",
        "hover:bg-surface hover:text-ink aria-pressed:text-accent disabled:pointer-events-none disabled:opacity-40",
        size === "small" ? "size-7" : "size-9",
        className,
      )}
      {...rest}
    >
      <Icon name={icon} size={size === "small" ? 16 : 20} />
    </button>
  );
  return tooltip ? <Tooltip text={label}>{button}</Tooltip> : button;
}
