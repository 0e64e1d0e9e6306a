// The five commonest jobs over the management API, with Node 18 or later and nothing else. README.md says which variables it reads.
//   node jobs.mjs invite USERNAME      creates the person, puts them in a group, answers a link that binds a passkey
//   node jobs.mjs revoke IDENTITY_ID   revokes each passkey of the person
const { API, TENANT, REALM, AUTHENTICATOR_CONFIG, TOKEN_ENDPOINT, CLIENT_ID, CLIENT_SECRET } = process.env;

// 1. A token, by the client id and secret of the Management API application.
async function getToken() {
  const response = await fetch(TOKEN_ENDPOINT, {
    method: "POST",
    headers: { Authorization: `Basic ${Buffer.from(`${CLIENT_ID}:${CLIENT_SECRET}`).toString("base64")}` },
    body: new URLSearchParams({ grant_type: "client_credentials" }),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${answer.error}: ${answer.error_description}`);
  return answer.access_token;
}

const token = await getToken();

async function call(method, path, body) {
  const response = await fetch(`${API}/v1/tenants/${TENANT}/realms/${REALM}${path}`, {
    method,
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${response.status} ${answer.message} ${JSON.stringify(answer.details ?? [])}`);
  return answer;
}

async function invite(username) {
  // 2. A person.
  const identity = await call("POST", "/identities", { identity: { traits: { type: "traits_v0", username } } });

  // 3. A group, and the person in it.
  const group = await call("POST", "/groups", { group: { display_name: `Friends of ${username}` } });
  await call("POST", `/groups/${group.id}:addMembers`, { identity_ids: [identity.id] });

  // 4. A link with which the person binds a passkey. Whoever has it can: hand it over like a secret.
  const made = await call("POST", `/identities/${identity.id}/credential-binding-jobs`, {
    job: { delivery_method: "RETURN", authenticator_config_id: AUTHENTICATOR_CONFIG },
  });
  console.log(JSON.stringify({ identity_id: identity.id, group_id: group.id, link: made.credential_binding_link }));
}

async function revoke(identityId) {
  // 5. The person's passkeys, and the end of each that is still good.
  const { credentials } = await call("GET", `/identities/${identityId}/credentials`);
  for (const { id } of credentials.filter((credential) => credential.state === "ACTIVE")) {
    const { state } = await call("POST", `/identities/${identityId}/credentials/${id}:revoke`, {});
    console.log(JSON.stringify({ id, state }));
  }
}

const [job, about] = process.argv.slice(2);
const jobs = { invite, revoke };
if (!(job in jobs) || !about) {
  console.error("node jobs.mjs invite USERNAME | revoke IDENTITY_ID");
  process.exit(2);
}
await jobs[job](about);
