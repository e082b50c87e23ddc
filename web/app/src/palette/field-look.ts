/** The field of the palette, the same whether the palette is here already or only its stand-in. */
export const fieldName = "Search conversations and commands";
export const fieldLook = "h-14 w-full bg-transparent outline-none placeholder:text-faint";
