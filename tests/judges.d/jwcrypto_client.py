"""Verifies the access token on standard input with jwcrypto, then mints one for the same session.

Arguments: the algorithm and the base URL of the server. The working directory is the server's. An
HS256 token is verified with the key file, an EdDSA token with the published key.
"""

import json
import sys
import time
import urllib.request
import uuid

from jwcrypto import jwk, jwt

ALGORITHM, BASE = sys.argv[1:]
token = sys.stdin.read().strip()

secrets = {}
with open("data/jwt.keys") as lines:
    for line in lines:
        kid, *_, secret = line.split()
        secrets[kid] = secret

if ALGORITHM == "EdDSA":
    with urllib.request.urlopen(BASE + "/.well-known/jwks.json") as answer:
        keys = jwk.JWKSet.from_json(answer.read().decode())
else:
    keys = jwk.JWKSet()
    for kid, secret in secrets.items():
        keys.add(jwk.JWK(kty="oct", kid=kid, k=secret))

checked = {"iss": "docket", "aud": "docket", "sub": None, "sid": None, "iat": None, "exp": None, "jti": None}
verified = jwt.JWT(jwt=token, key=keys, algs=[ALGORITHM], check_claims=checked)
header = json.loads(verified.header)
assert header["typ"] == "at+jwt", header
claims = json.loads(verified.claims)

kid = header["kid"]
if ALGORITHM == "EdDSA":
    public = json.loads(keys.get_key(kid).export_public())["x"]
    key = jwk.JWK(kty="OKP", crv="Ed25519", kid=kid, d=secrets[kid], x=public)
else:
    key = keys.get_key(kid)

now = int(time.time())
minted = jwt.JWT(
    header={"alg": ALGORITHM, "typ": "at+jwt", "kid": kid},
    claims={**claims, "iat": now, "exp": now + 900, "jti": str(uuid.uuid4())},
)
minted.make_signed_token(key)
print(json.dumps({"claims": claims, "minted": minted.serialize()}))
