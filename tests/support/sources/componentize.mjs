// Makes a component of the script argv[2] for the contract argv[3], and writes it to argv[4].

import { writeFile } from "node:fs/promises";
import { componentize } from "@bytecodealliance/componentize-js";

const [sourcePath, witPath, out] = process.argv.slice(2);
// Without these it would ask for clocks, randomness and a network, which no strategy has.
const disableFeatures = ["stdio", "random", "clocks", "http", "fetch-event"];
const { component } = await componentize({ sourcePath, witPath, worldName: "strategy", disableFeatures });
await writeFile(out, component);
