#!/bin/sh
# The five commonest jobs over the management API, with curl and jq. README.md says which variables it reads.
#   jobs.sh invite USERNAME      creates the person, puts them in a group, answers a link that binds a passkey
#   jobs.sh revoke IDENTITY_ID   revokes each passkey of the person
set -eu

# ask CURL-ARGUMENTS: leaves the body in $answer; ends the program, and shows it, when the answer is no 2xx.
ask() {
  answer=$(curl --silent --show-error --fail-with-body "$@") || { printf '%s\n' "$answer" >&2; exit 1; }
}
field() { printf '%s' "$answer" | jq --raw-output "$@"; }

# 1. A token, by the client id and secret of the Management API application.
get_token() {
  ask --user "$CLIENT_ID:$CLIENT_SECRET" --data grant_type=client_credentials "$TOKEN_ENDPOINT"
  TOKEN=$(field .access_token)
}

# call METHOD PATH [BODY]
call() {
  ask --request "$1" "$API/v1/tenants/$TENANT/realms/$REALM$2" \
    --header "Authorization: Bearer $TOKEN" --header "Content-Type: application/json" ${3:+--data "$3"}
}

invite() {
  # 2. A person. jq writes the JSON, so that no name can break it.
  call POST /identities "$(jq -n --arg name "$1" '{identity: {traits: {type: "traits_v0", username: $name}}}')"
  identity=$(field .id)

  # 3. A group, and the person in it.
  call POST /groups "$(jq -n --arg name "Friends of $1" '{group: {display_name: $name}}')"
  group=$(field .id)
  call POST "/groups/$group:addMembers" "{\"identity_ids\": [\"$identity\"]}"

  # 4. A link with which the person binds a passkey. Whoever has it can: hand it over like a secret.
  call POST "/identities/$identity/credential-binding-jobs" \
    "{\"job\": {\"delivery_method\": \"RETURN\", \"authenticator_config_id\": \"$AUTHENTICATOR_CONFIG\"}}"
  field --compact-output --arg identity "$identity" --arg group "$group" \
    '{identity_id: $identity, group_id: $group, link: .credential_binding_link}'
}

revoke() {
  # 5. The person's passkeys, and the end of each that is still good.
  call GET "/identities/$1/credentials"
  for credential in $(field '.credentials[] | select(.state == "ACTIVE") | .id'); do
    call POST "/identities/$1/credentials/$credential:revoke"
    field --compact-output '{id, state}'
  done
}

case "${1-} ${2:+given}" in
  "invite given" | "revoke given") get_token && "$1" "$2" ;;
  *) sed -n 's/^#   //p' "$0" >&2; exit 2 ;;
esac
