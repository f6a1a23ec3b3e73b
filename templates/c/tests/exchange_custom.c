#include "exchange.h"

#include "client.h"
#include "protocol/frame.h"

// The handlers may do anything with a message but stop the server from answering a Ping.
static void exchange_until_pong(int fd) {
    client_send(fd, OPCODE_PING, "");
    while (client_receive(fd).opcode != OPCODE_PONG) {
    }
}

void exchange(int first, int second, uint8_t opcode) {
    client_send(first, opcode, "1");
    exchange_until_pong(first);
    exchange_until_pong(second);
}
