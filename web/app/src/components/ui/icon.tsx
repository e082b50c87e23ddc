// The page's icons: 20 x 20, one stroke, drawn for this page.
const paths = {
  plus: "M10 4v12M4 10h12",
  minus: "M4 10h12",
  search: "M9 15A6 6 0 1 0 9 3a6 6 0 0 0 0 12zM13.5 13.5 17 17",
  menu: "M3 6h14M3 10h14M3 14h14",
  close: "M5 5l10 10M15 5 5 15",
  dots: "M4.5 10h.01M10 10h.01M15.5 10h.01",
  pin: "M7 3h6M8 3v5l-3 4h10l-3-4V3M10 12v5",
  archive: "M3 4h14v4H3zM4.5 8v8h11V8M8 11.5h4",
  unarchive: "M3 4h14v4H3zM4.5 8v8h11V8M10 15v-4.5M8 12.2l2-2 2 2",
  trash: "M4 6h12M8 6V4h4v2M6 6l.7 10.5h6.6L14 6M8.5 9v5M11.5 9v5",
  restore: "M4 8h8a4 4 0 0 1 0 8H8M4 8l3-3M4 8l3 3",
  edit: "M4 16l.8-3.5L13 4.3a1.4 1.4 0 0 1 2 0l.7.7a1.4 1.4 0 0 1 0 2L7.5 15.2 4 16z",
  copy: "M7 7V4h9v9h-3M4 7h9v9H4z",
  check: "M4 10.5 8 14.5 16 6",
  again: "M16 10a6 6 0 1 1-2-4.5M16 3v3.5h-3.5",
  left: "M12 5l-5 5 5 5",
  right: "M8 5l5 5-5 5",
  down: "M5 8l5 5 5-5",
  up: "M5 12l5-5 5 5",
  end: "M10 4v11M5 10.5l5 5 5-5",
  send: "M10 16V4M5 9l5-5 5 5",
  stop: "M6 6h8v8H6z",
  wrap: "M3 5h14M3 10h11a3 3 0 0 1 0 6h-3M13 14l-2 2 2 2M3 15h4",
  import: "M10 3v9M6.5 8.5 10 12l3.5-3.5M4 15.5h12",
  sun: "M10 13a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM10 2.5v1.5M10 16v1.5M2.5 10H4M16 10h1.5M4.7 4.7l1 1M14.3 14.3l1 1M4.7 15.3l1-1M14.3 5.7l1-1",
  moon: "M16 11.5A6.5 6.5 0 0 1 8.5 4 6.5 6.5 0 1 0 16 11.5z",
  sliders: "M3 6h8.500M15.500 6H17M13.500 8a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM3 14h1.500M8.500 14H17M6.500 16a2 2 0 1 0 0-4 2 2 0 0 0 0 4z",
  screen: "M3 4h14v9H3zM7.5 16.5h5M10 13v3.5",
  warning: "M10 3.5 17.5 16h-15L10 3.5zM10 8.5v3.5M10 14h.01",
  tool: "M12.5 3.5a4 4 0 0 0-3.8 5.2L3.5 14l2.5 2.5 5.2-5.2a4 4 0 0 0 5.1-5L13.8 8.8 11.5 8.500 11.200 6.200z",
  thought: "M10 3a5 5 0 0 0-3 9v2h6v-2a5 5 0 0 0-3-9zM8 17h4",
  file: "M5 3h7l3 3v11H5zM12 3v3h3",
  attach: "M15.500 9.500l-5.800 5.800a3.300 3.300 0 0 1-4.700-4.700l6.300-6.300a2.200 2.200 0 0 1 3.100 3.100l-6.200 6.200a1.100 1.100 0 0 1-1.600-1.600l5.600-5.600",
  image: "M3 4h14v12H3zM3 13l4-4 4 4 2-2 4 4M13 8h.01",
  link: "M8.500 11.500l3-3M9 6l1.500-1.500a3 3 0 0 1 4.500 4.500L13.500 10.500M11 14l-1.500 1.500A3 3 0 0 1 5 11L6.500 9.500",
  braces: "M8 3.500c-2 0-2.500 1-2.500 2.500 0 2-.5 3.500-2 4 1.500.5 2 2 2 4 0 1.500.5 2.500 2.500 2.500M12 3.500c2 0 2.500 1 2.500 2.500 0 2 .5 3.500 2 4-1.500.5-2 2-2 4 0 1.500-.5 2.500-2.500 2.500",
  keyboard: "M2.500 5h15v10h-15zM5.500 8h.01M8.500 8h.01M11.500 8h.01M14.500 8h.01M6.500 12h7",
  chat: "M3.500 4h13v9.500H9L5.500 16.500v-3h-2z",
  folder: "M3 5h5l2 2h7v9H3z",
  tag: "M3.500 3.500h6l7 7-6 6-7-7zM6.800 6.800h.01",
  unread: "M10 13.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7z",
  read: "M3 10c2-3.300 4.300-5 7-5s5 1.700 7 5c-2 3.300-4.300 5-7 5s-5-1.700-7-5zM10 12.200a2.200 2.200 0 1 0 0-4.400 2.200 2.200 0 0 0 0 4.400z",
  export: "M10 12V3M6.500 6.500 10 3l3.500 3.500M4 15.500h12",
  device: "M6 3h8v14H6zM9 14.500h2",
  stored: "M6 14.500h8a3.300 3.300 0 0 0 .5-6.600A4.600 4.600 0 0 0 5.700 8.500 3 3 0 0 0 6 14.500zM7.800 10.700l1.600 1.600 2.900-3",
  offline: "M6 14.500h8a3.300 3.300 0 0 0 .5-6.600A4.600 4.600 0 0 0 5.700 8.500 3 3 0 0 0 6 14.500zM3.500 3.500l13 13",
  star: "M10 3l2.100 4.400 4.900.700-3.500 3.400.800 4.800L10 14l-4.300 2.300.800-4.800L3 8.100l4.900-.700z",
  outline: "M4 5h12M4 10h8M4 15h10",
  bookmark: "M6 3h8v14l-4-3-4 3z",
  columns: "M3.5 4h5.500v12H3.500zM11 4h5.500v12H11z",
  fork: "M6 4v12M6 9c0 3 8 1 8-4M14 5V3.500M4.500 16h3",
  print: "M6 7V3h8v4M6 14H3.500V7h13v7H14M6 11.500h8V17H6z",
  side: "M3 4h14v12H3zM8 4v12",
  text: "M4 5h9M8.500 5v10.500M12 10h5M14.500 10v5.500",
  select: "M4 4h12v12H4zM7 10l2.300 2.300L13 7.700",
} as const;

export type IconName = keyof typeof paths;

/** Decoration only: the control that holds it carries the label. */
export function Icon({ name, size = 20, className }: { name: IconName; size?: number; className?: string }) {
  return (
    <svg
      viewBox="0 0 20 20"
      width={size}
      height={size}
      className={className}
      fill={name === "stop" || name === "unread" ? "currentColor" : "none"}
      stroke="currentColor"
      strokeWidth={name === "dots" ? 2.4 : 1.6}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={paths[name]} />
    </svg>
  );
}
