#ifndef ADMISSION_RESULT_H
#define ADMISSION_RESULT_H

// Whether one more session may be open.
enum admission {
    ADMITTED,
    ADMISSION_FULL,
    //% if per_client
    ADMISSION_CLIENT_FULL,
    //% endif
};

#endif
