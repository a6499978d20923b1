// The screen of a sampling table. Refuses nothing: what is odd is asked, and kept.

import { Table } from "./desk.js";
import { mount } from "./work.js";

export const { open, close } = mount(Table);
