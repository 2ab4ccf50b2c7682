"""The folder of output over HTTP: what stands in `out/`, with the headers that feed readers, browsers and hubs ask for.

    names     the path of a request -> the name of a document, or nothing
    kinds     the name of a document -> what it is: media type, how long it may be kept
    ages      how long that is, where it depends on the next render
    moves     feeds that were removed or renamed
    wishes    the headers of a request -> what is wished: codings, conditions, a feed's news alone
    packing   bytes -> the same, compressed
    copies    a document in memory, with every answer about it put together beforehand
    news      a feed -> its entries that somebody has not seen (RFC 3229); `deltas` keeps the answers made of it
    shelf     the copies, no more of them than there is memory for [I/O: reads files]
    counter   the application: request -> answer
    notices   the answers that are no documents: missing, removed, moved, not allowed
    hosts     the same rules, written down for nginx and Caddy

`kinds`, `moves` and `ages` are the rules, and both the application and the printed configurations are made from them.
"""
