// Includes the templates beside this file as they are, in the order in which they stand
// on each other. `-c environment=NAME` takes parameters.NAME.json (dev is the default).
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { App, Stack } from "aws-cdk-lib";
import { CfnInclude } from "aws-cdk-lib/cloudformation-include";

const here = dirname(fileURLToPath(import.meta.url));
const readJson = (name) => JSON.parse(readFileSync(join(here, name), "utf8"));

const ORDER = ["NetworkStack", "SecretsStack", "DatabaseStack", "ComputeStack", "MonitoringStack"];

const app = new App({ analyticsReporting: false });
const environment = app.node.tryGetContext("environment") ?? "dev";
const given = readJson(`parameters.${environment}.json`);

function includeTemplate(name) {
  const file = `${name}.json`;
  const stack = new Stack(app, name, {
    stackName: environment === "dev" ? name : `${environment}-${name}`,
    description: readJson(file).Description,
  });
  const template = new CfnInclude(stack, "Template", { templateFile: join(here, file) });

  for (const parameter of Object.keys(readJson(file).Parameters)) {
    if (parameter in given) {
      template.getParameter(parameter).default = given[parameter];
    }
  }
  return stack;
}

const unknown = Object.keys(given).filter(
  (parameter) => !ORDER.some((name) => parameter in readJson(`${name}.json`).Parameters));
if (unknown.length > 0) {
  throw new Error(`parameters.${environment}.json: no template has ${unknown.join(", ")}`);
}

ORDER.map(includeTemplate).reduce((before, stack) => {
  stack.addStackDependency(before);
  return stack;
});
