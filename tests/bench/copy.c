/*
 * copy FROM TO: copies a file to another over loopback TCP without any protocol, by one stream and by two (each half of it), and prints
 * the rates in MiB/s as a JSON object: what a client and a server on one machine can reach at best. One side sends from the page cache
 * without looking at the bytes, the other receives and writes them: fewer copies there are not. TO may be a device, which gets all in turn.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
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

static _Noreturn void receiver(int sock, const char *path, off_t at, off_t end)
{
	uint8_t *block = malloc(BLOCK);
	int fd = open(path, O_WRONLY);
	struct stat st;

	if (fd < 0 || block == NULL || fstat(fd, &st) != 0)
		die(path);
	while (at < end) {
		ssize_t n = recv(sock, block, (size_t)(end - at < BLOCK ? end - at : BLOCK), MSG_WAITALL);
		if (n <= 0 || (S_ISREG(st.st_mode) ? pwrite(fd, block, (size_t)n, at) : write(fd, block, (size_t)n)) != n)
			die("receive and write");
		at += n;
	}
	_exit(0);
}

/* Both sides as processes of their own, as client and server are. */
static void stream(const char *from, const char *to, off_t at, off_t end)
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
		receiver(in, to, at, end);
	close(listener);
	close(out);
	close(in);
}

static double rate(const char *from, const char *to, unsigned streams)
{
	struct stat st;
	int status, fd = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || stat(from, &st) != 0)
		die("the files");
	close(fd);
	double begin = now();
	for (unsigned i = 0; i < streams; i++)
		stream(from, to, st.st_size / streams * i, i + 1 == streams ? st.st_size : st.st_size / streams * (i + 1));
	for (unsigned i = 0; i < 2 * streams; i++)
		if (wait(&status) < 0 || status != 0)
			exit(1);
	return (double)st.st_size / (1 << 20) / (now() - begin);
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "copy FROM TO\n");
		return 2;
	}
	double one = rate(argv[1], argv[2], 1), two = rate(argv[1], argv[2], 2);
	printf("{\"one\": %.1f, \"two\": %.1f}\n", one, two);
	return 0;
}
