    .section .rodata
    .global wire_dictionary_1
    .global wire_dictionary_1_end
    .balign 16
wire_dictionary_1:
    .incbin "proto/dictionary-1.zdict"
wire_dictionary_1_end:
    .section .note.GNU-stack,"",@progbits
