/* The peer of benches/documents.rs: OpenSSL's CMS_verify with path and CRLs, one document after the other.
 *
 * Argument: a file of frames, each four octets of length (big-endian) and a value in DER: the root, the centre, the CRL of
 * the root, that of the centre, and then documents. For every line "N" on stdin, N documents are verified, beginning where the
 * last line ended, and one line with the nanoseconds this took goes to stdout. A document that does not verify ends it. */
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct frame {
    const unsigned char *octets;
    size_t length;
};

static void die(const char *why) {
    fprintf(stderr, "cms_verify: %s\n", why);
    ERR_print_errors_fp(stderr);
    exit(1);
}

static struct frame *read_frames(const char *path, size_t *count) {
    FILE *file = fopen(path, "rb");
    unsigned char head[4];
    struct frame *frames = NULL;
    *count = 0;
    if (file == NULL)
        die("no such file");
    while (fread(head, 1, 4, file) == 4) {
        size_t length = (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
        unsigned char *octets = malloc(length);
        frames = realloc(frames, (*count + 1) * sizeof *frames);
        if (octets == NULL || frames == NULL || fread(octets, 1, length, file) != length)
            die("a frame is cut short");
        frames[*count].octets = octets;
        frames[*count].length = length;
        ++*count;
    }
    fclose(file);
    return frames;
}

static X509 *certificate(struct frame frame) {
    const unsigned char *at = frame.octets;
    X509 *read = d2i_X509(NULL, &at, (long)frame.length);
    if (read == NULL)
        die("a certificate does not read");
    return read;
}

static X509_CRL *list(struct frame frame) {
    const unsigned char *at = frame.octets;
    X509_CRL *read = d2i_X509_CRL(NULL, &at, (long)frame.length);
    if (read == NULL)
        die("a CRL does not read");
    return read;
}

static void verify(struct frame frame, X509_STORE *store) {
    const unsigned char *at = frame.octets;
    CMS_ContentInfo *message = d2i_CMS_ContentInfo(NULL, &at, (long)frame.length);
    BIO *out = BIO_new(BIO_s_null());
    if (message == NULL || out == NULL || CMS_verify(message, NULL, store, NULL, out, CMS_BINARY) != 1)
        die("a document does not verify");
    BIO_free(out);
    CMS_ContentInfo_free(message);
}

int main(int argc, char **argv) {
    size_t count, next = 4;
    char line[64];
    if (argc != 3)
        die("usage: cms_verify FRAMES UNIX_TIME");
    struct frame *frames = read_frames(argv[1], &count);
    if (count < 5)
        die("no documents");
    X509_STORE *store = X509_STORE_new();
    X509_VERIFY_PARAM *param = X509_VERIFY_PARAM_new();
    X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
    X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_ANY);
    X509_VERIFY_PARAM_set_time(param, (time_t)strtoll(argv[2], NULL, 10));
    X509_STORE_set1_param(store, param);
    X509_STORE_add_cert(store, certificate(frames[0]));
    X509_STORE_add_crl(store, list(frames[2]));
    X509_STORE_add_crl(store, list(frames[3]));
    while (fgets(line, sizeof line, stdin) != NULL) {
        struct timespec start, end;
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
        for (long left = strtol(line, NULL, 10); left > 0; --left) {
            verify(frames[next], store);
            next = next + 1 < count ? next + 1 : 4;
        }
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
        printf("%lld\n", (long long)(end.tv_sec - start.tv_sec) * 1000000000LL + (end.tv_nsec - start.tv_nsec));
        fflush(stdout);
    }
    return 0;
}
