#include "upstream/upload.h"

bool ccpi_upload_is_done(const ccpi_upload *upload)
{
    const ccpi_outgoing *outgoing = upload->outgoing;
    size_t piece = upload->piece;

    if (!outgoing)
        return true;
    if (piece < outgoing->piece_count && upload->offset < outgoing->pieces[piece].len)
        return false;
    while (++piece < outgoing->piece_count)
        if (outgoing->pieces[piece].len > 0)
            return false;
    return true;
}

size_t ccpi_upload_read(ccpi_upload *upload, char *into, size_t len)
{
    const ccpi_outgoing *outgoing = upload->outgoing;
    size_t copied = 0;

    while (outgoing && copied < len && upload->piece < outgoing->piece_count) {
        const ccpi_span piece = outgoing->pieces[upload->piece];
        size_t part = piece.len - upload->offset;

        if (part > len - copied)
            part = len - copied;
        if (part > 0)
            memcpy(into + copied, piece.data + upload->offset, part);
        copied += part;
        upload->offset += part;
        if (upload->offset == piece.len) {
            upload->piece++;
            upload->offset = 0;
        }
    }
    return copied;
}

bool ccpi_upload_seek(ccpi_upload *upload, int64_t place)
{
    const ccpi_outgoing *outgoing = upload->outgoing;
    uint64_t left = (uint64_t)place;
    size_t piece = 0;

    if (!outgoing || place < 0 || left > ccpi_outgoing_length(outgoing))
        return false;

    while (piece < outgoing->piece_count && left >= outgoing->pieces[piece].len)
        left -= outgoing->pieces[piece++].len;
    upload->piece = piece;
    upload->offset = (size_t)left;
    return true;
}
