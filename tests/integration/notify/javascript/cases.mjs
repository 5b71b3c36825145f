// Reads [{secret, id, timestamp, signature, body}] from stdin; answers, for each, whether the reference library verifies it
// (or what it says) and what it would have signed.
import { readFileSync } from "node:fs";
import { Webhook } from "standardwebhooks";

const cases = JSON.parse(readFileSync(0, "utf8"));
const answers = cases.map(({ secret, id, timestamp, signature, body }) => {
  const webhook = new Webhook(secret);
  const signed = webhook.sign(id, new Date(Number(timestamp) * 1000), body);
  try {
    const payload = webhook.verify(body, {
      "webhook-id": id,
      "webhook-timestamp": timestamp,
      "webhook-signature": signature,
    });
    return { verified: true, payload, signed };
  } catch (error) {
    return { verified: false, reason: error.message, signed };
  }
});
process.stdout.write(JSON.stringify(answers));
