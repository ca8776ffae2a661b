/*
 * copy FROM TO: copies a file to another over loopback TCP without any protocol, by one stream and by two (each half of it), and prints
 * the rates in MiB/s as a JSON object: what a client and a server on one machine can reach at best. One side sends from the page cache
 * without looking at the bytes, the other receives and writes them, or splices them, which is a copy less: fewer there are not. "written":
 * two processes only write a file of that length, from memory. TO may be a device, which gets all in turn.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { BLOCK = 256 << 10 };

static double now(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static _Noreturn void die(const char *what)
{
	perror(what);
	exit(1);
}

static _Noreturn void sender(int sock, const char *path, off_t at, off_t end)
{
	int fd = open(path, O_RDONLY);

	if (fd < 0)
		die(path);
	while (at < end)
		if (sendfile(sock, fd, &at, (size_t)(end - at)) <= 0)
			die("sendfile");
	_exit(0);
}

/* The file, and whether it has offsets. */
static int open_target(const char *path, bool *is_file)
{
	int fd = open(path, O_WRONLY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0)
		die(path);
	*is_file = S_ISREG(st.st_mode);
	return fd;
}

static _Noreturn void receiver(int sock, const char *path, off_t at, off_t end)
{
	uint8_t *block = malloc(BLOCK);
	bool is_file;
	int fd = open_target(path, &is_file);

	while (at < end) {
		ssize_t n = block != NULL ? recv(sock, block, (size_t)(end - at < BLOCK ? end - at : BLOCK), MSG_WAITALL) : -1;
		if (n <= 0 || (is_file ? pwrite(fd, block, (size_t)n, at) : write(fd, block, (size_t)n)) != n)
			die("receive and write");
		at += n;
	}
	_exit(0);
}

static _Noreturn void splicer(int sock, const char *path, off_t at, off_t end)
{
	bool is_file;
	int fd = open_target(path, &is_file), ends[2];

	if (pipe(ends) != 0 || fcntl(ends[1], F_SETPIPE_SZ, 4 * BLOCK) < 0)
		die("pipe");
	while (at < end) {
		ssize_t n = splice(sock, NULL, ends[1], NULL, (size_t)(end - at), SPLICE_F_MOVE);
		if (n <= 0)
			die("splice from the socket");
		while (n > 0) {
			ssize_t moved = splice(ends[0], NULL, fd, is_file ? &at : NULL, (size_t)n, SPLICE_F_MOVE);
			if (moved <= 0)
				die("splice to the file");
			n -= moved;
			at += is_file ? 0 : moved;
		}
	}
	_exit(0);
}

static _Noreturn void writer(const char *path, off_t at, off_t end)
{
	uint8_t *block = malloc(BLOCK);
	bool is_file;
	int fd = open_target(path, &is_file);

	if (block == NULL)
		die("memory");
	memset(block, 1, BLOCK);
	for (size_t n; at < end; at += (off_t)n) {
		n = (size_t)(end - at < BLOCK ? end - at : BLOCK);
		if ((is_file ? pwrite(fd, block, n, at) : write(fd, block, n)) != (ssize_t)n)
			die("write");
	}
	_exit(0);
}

typedef void (*take_fn)(int sock, const char *path, off_t at, off_t end);

/* Both sides as processes of their own, as client and server are. */
static void stream(const char *from, const char *to, off_t at, off_t end, take_fn take)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0), out = socket(AF_INET, SOCK_STREAM, 0), in;

	if (bind(listener, (struct sockaddr *)&address, len) != 0 || listen(listener, 1) != 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &len) != 0 || connect(out, (struct sockaddr *)&address, len) != 0 ||
	    (in = accept(listener, NULL, NULL)) < 0)
		die("loopback");
	if (fork() == 0)
		sender(out, from, at, end);
	if (fork() == 0)
		take(in, to, at, end);
	close(listener);
	close(out);
	close(in);
}

/* take NULL: nothing is sent, the file is only written. */
static double rate(const char *from, const char *to, unsigned streams, take_fn take)
{
	struct stat st;
	int status, fd = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || stat(from, &st) != 0)
		die("the files");
	close(fd);
	double begin = now();
	for (unsigned i = 0; i < streams; i++) {
		off_t at = st.st_size / streams * i, end = i + 1 == streams ? st.st_size : st.st_size / streams * (i + 1);
		if (take != NULL)
			stream(from, to, at, end, take);
		else if (fork() == 0)
			writer(to, at, end);
	}
	for (unsigned i = 0; i < (take != NULL ? 2 : 1) * streams; i++)
		if (wait(&status) < 0 || status != 0)
			exit(1);
	return (double)st.st_size / (1 << 20) / (now() - begin);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		unsigned streams;
		take_fn take;
	} ways[] = {
		{ "one", 1, receiver }, { "two", 2, receiver }, { "one spliced", 1, splicer }, { "two spliced", 2, splicer }, { "written", 2, NULL },
	};

	if (argc != 3) {
		fprintf(stderr, "copy FROM TO\n");
		return 2;
	}
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		printf("%s\"%s\": %.1f", i == 0 ? "{" : ", ", ways[i].name, rate(argv[1], argv[2], ways[i].streams, ways[i].take));
		(void)fflush(stdout); /* a child would print it, too */
	}
	puts("}");
	return 0;
}
