import { itComesTogether } from "./model-half";

itComesTogether(1);
