// Carries out a plan (see driver.c) with the engine's own WebAssembly, and prints what driver.c prints.
"use strict";
const fs = require("fs");

const [folder, planPath] = process.argv.slice(2);

// Kinds of traps as the engine words them. Some of its words stand for two of ours: "a|b".
const kinds = [
  [/unreachable/, "unreachable"],
  [/(divide|remainder) by zero/, "integer divide by zero"],
  [/divide result unrepresentable/, "integer overflow"],
  [/float unrepresentable/, "integer overflow|invalid conversion to integer"],
  [/memory access out of bounds/, "out of bounds memory access"],
  [/(table index|element segment|table access).*out of bounds/, "out of bounds table access|undefined element"],
  [/null function or function signature|signature mismatch/, "uninitialized element|indirect call type mismatch"],
  [/call stack/, "call stack exhausted"],
  [/array element access out of bounds/, "out of bounds array access"],
  [/illegal cast/, "cast failure"],
  [/rethrowing null/, "null exception reference"],
  [/dereferencing a null pointer/, "null reference|null structure reference|"
                                   + "null array reference|null i31 reference|null function reference"],
];

function kindOf(error) {
  if (error instanceof WebAssembly.Exception) return "uncaught exception";
  const found = kinds.find(([words]) => words.test(error.message));
  return found ? found[1] : "?" + error.message;
}

function hash(memory, h) {
  if (!memory) return h;
  const words = new Uint32Array(memory.buffer);
  for (let i = 0; i < words.length; i++) h = Math.imul(h ^ words[i], 16777619);
  return h >>> 0;
}

function value(word) {
  return word[0] === "i" ? parseInt(word.slice(1), 16) | 0 : BigInt.asIntN(64, BigInt("0x" + word.slice(1)));
}

function show(result) {
  if (result === undefined) return "";
  const all = Array.isArray(result) ? result : [result];
  return all.map((v) => typeof v === "bigint" ? "l" + BigInt.asUintN(64, v).toString(16)
                                              : "i" + (v >>> 0).toString(16)).join(" ");
}

function state(instance) {
  const rest = instance.exports.state ? instance.exports.state() : undefined;
  const { memory, memory1 } = instance.exports;
  return hash(memory1, hash(memory, 2166136261)).toString(16) + " " + show(rest);
}

let compiled = null;
let instance = null;
const out = [];
for (const line of fs.readFileSync(planPath, "utf8").trim().split("\n")) {
  const [verb, name, ...words] = line.trim().split(" ");
  if (verb === "module") {
    compiled = null;
    try {
      compiled = new WebAssembly.Module(fs.readFileSync(`${folder}/${name}.wasm`));
    } catch (error) {
      out.push(`${name} refused ${error.message}`);
      continue;
    }
    instance = new WebAssembly.Instance(compiled);
    out.push(`${name} made`);
  } else if (compiled) {
    try {
      const result = instance.exports[name](...words.map(value));
      out.push(`  ${line} = ${show(result)} / ${state(instance)}`);
    } catch (error) {
      out.push(`  ${line} ! ${kindOf(error)} / ${state(instance)}`);
      instance = new WebAssembly.Instance(compiled);
    }
  }
}
console.log(out.join("\n"));
