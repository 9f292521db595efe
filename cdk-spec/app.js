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

// `-c NAME=VALUE` goes over the file.
function valueOf(name, type) {
  const value = app.node.tryGetContext(name) ?? given[name];
  if (value === undefined) {
    return undefined;
  }
  if (type === "CommaDelimitedList") {
    return String(value).split(",");
  }
  return type === "Number" ? Number(value) : value;
}

// What CloudFormation asks of a parameter's value. A given value takes the parameter's place, so nobody
// else asks.
function refuse(parameter, value, asked) {
  throw new Error(`${parameter}=${value}: ${asked}`);
}

function check(parameter, { AllowedPattern: pattern, AllowedValues: allowed, ...asked }, value) {
  const text = String(value);
  if (allowed && !allowed.includes(text)) {
    refuse(parameter, value, `one of ${allowed.join(", ")}`);
  }
  if (text.length < (asked.MinLength ?? 0) || text.length > (asked.MaxLength ?? Infinity)) {
    refuse(parameter, value, asked.ConstraintDescription);
  }
  if (pattern && !new RegExp(`^(?:${pattern})$`).test(text)) {
    refuse(parameter, value, asked.ConstraintDescription ?? pattern);
  }
}

// A given value takes the parameter's place in the template. As a mere default it would count at the
// first deployment alone, since later ones go on with what the stack has. So it is with those that
// conditions ask for: a condition without a parameter would be none.
function includeTemplate(name) {
  const file = `${name}.json`;
  const { Description: description, Parameters: parameters, Conditions: conditions } = readJson(file);
  const isAskedFor = (parameter) => JSON.stringify(conditions ?? {}).includes(`{"Ref":"${parameter}"}`);
  const values = Object.entries(parameters)
    .map(([parameter, { Type: type }]) => [parameter, valueOf(parameter, type)])
    .filter(([, value]) => value !== undefined);
  values.forEach(([parameter, value]) => check(parameter, parameters[parameter], value));
  const stack = new Stack(app, name, {
    stackName: environment === "dev" ? name : `${environment}-${name}`,
    description,
  });
  const template = new CfnInclude(stack, "Template", {
    templateFile: join(here, file),
    parameters: Object.fromEntries(values.filter(([parameter]) => !isAskedFor(parameter))),
  });

  for (const [parameter, value] of values.filter(([it]) => isAskedFor(it))) {
    template.getParameter(parameter).default = value;
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
