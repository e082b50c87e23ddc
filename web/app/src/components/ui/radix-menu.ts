// What the menus of the page are made of; loaded ahead, or with the first menu that is opened.
export {
  Anchor,
  CheckboxItem,
  Content,
  Item,
  ItemIndicator,
  Label,
  Portal,
  RadioGroup,
  RadioItem,
  Root,
  Separator,
} from "@radix-ui/react-menu";
