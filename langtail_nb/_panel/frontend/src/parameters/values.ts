/** Values of parameters as people read them. */
import type { Parameter } from "../wire";

/** A value in words; nothing where there is none. */
export function worded(value: unknown, name: string) {
  if (value === null || value === undefined) return "";
  if (name === "max_tokens" && value === -1) return "no limit";
  if (name === "response_format" && /"json_object"/.test(String(value))) return "JSON"; // it arrives as JSON text
  if (typeof value === "boolean") return value ? "on" : "off";
  if (Array.isArray(value)) return value.map((one) => JSON.stringify(one)).join(", ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** What a row stands at: its own value, else the deployed one. */
export const stands = (row: Parameter) => row.value ?? row.deployed;

/** Whether a row sends something. */
export const sends = ({ state }: Pick<Parameter, "state">) => state === "overridden" || state === "pinned";
