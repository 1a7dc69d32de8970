# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A minimal client of a language server: opens a file, prints its diagnostics.

  lsp-client.py SERVER FILE
"""

import json
import subprocess
import sys


def send(server, method, params, number=None):
    message = {"jsonrpc": "2.0", "method": method, "params": params}
    if number is not None:
        message["id"] = number
    body = json.dumps(message).encode()
    server.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
    server.stdin.flush()


def receive(server):
    length = 0
    while (line := server.stdout.readline().strip()) or not length:
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    return json.loads(server.stdout.read(length))


def main():
    with subprocess.Popen([sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL) as server:
        send(server, "initialize", {"processId": None, "rootUri": None, "capabilities": {}}, 0)
        print("server:", receive(server)["result"]["serverInfo"]["name"])
        with open(sys.argv[2], encoding="utf-8") as file:
            text = file.read()
        send(server, "textDocument/didOpen", {"textDocument": {
            "uri": "file:///test.mlir", "languageId": "mlir", "version": 1, "text": text}})
        for diagnostic in receive(server)["params"]["diagnostics"]:
            line = diagnostic["range"]["start"]["line"] + 1
            print(f"line {line}: {diagnostic['message']}")
        send(server, "shutdown", None, 1)
        print("shutdown:", receive(server)["result"])
        send(server, "exit", None)


if __name__ == "__main__":
    main()
