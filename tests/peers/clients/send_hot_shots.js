// What npm's hot-shots sends: alone, buffered, in Telegraf's form, in a container.
//
//   node send_hot_shots.js PORT             to 127.0.0.1; NODE_PATH finds the package
"use strict";
Math.random = () => 0; // each sample is sent
const StatsD = require("hot-shots");

const MADE_AT = new Date(1700000000000);
const port = Number(process.argv[2]);
const open = (options) =>
  new StatsD({ host: "127.0.0.1", port, includeDataDogTags: false, ...options });

function sendSingle(client) {
  client.increment("count");
  client.increment("count", 4, { env: "prod" });
  client.increment(["many.a", "many.b"], 2);
  client.decrement("count", 2);
  client.increment("sampled", 3, 0.5);
  client.gauge("gauge", 333);
  client.gaugeDelta("gauge", -10);
  client.gaugeDelta("gauge", 4);
  client.gauge("negative", -5);
  client.timing("timing", 320, 0.1, ["az:1"]);
  client.timing("timing", 12.5);
  client.histogram("histogram", 5);
  client.distribution("distribution", 6, { url: "http://a/b?c=d,e" });
  client.set("set", "alice");
  client.unique("set", "a:b");
}

function sendDatadog(client) {
  client.event("Title", "multi\nline | with a bar: and a colon", {}, ["x:y"]);
  client.event("caf\u00e9", "text", { alert_type: "error", aggregation_key: "deploy" });
  client.check("check", client.CHECKS.OK, { message: "all: well" }, ["x:y"]);
  client.check("check", client.CHECKS.CRITICAL, { date_happened: MADE_AT, hostname: "h" });
}

function sendBuffered(client) {
  for (let number = 0; number < 60; number += 1) client.increment(`buffered.${number % 4}`);
}

const clients = [
  [open({ prefix: "hs." }), [sendSingle, sendDatadog]],
  [open({ prefix: "hsb.", maxBufferSize: 512, bufferFlushInterval: 3600000 }), [sendBuffered]],
  [open({ prefix: "hst.", telegraf: true, globalTags: { env: "prod" } }), [sendSingle]],
];

// One after the other, so that the order on the wire is always the same.
function next() {
  const [client, calls] = clients.shift() || [];
  if (!client) return;
  for (const call of calls) call(client);
  client.close(next);
}
next();
