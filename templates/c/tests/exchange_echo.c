#include "exchange.h"

#include "client.h"

void exchange(int first, int second, uint8_t opcode) {
    client_send(first, opcode, "1");
    client_expect(first, opcode, "1");
    client_send(second, opcode, "2");
    client_expect(second, opcode, "2");
}
