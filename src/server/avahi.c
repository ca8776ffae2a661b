/*
 * Avahi's folder of services: a file there is announced as long as it is there, whichever of the two programs starts first.
 * Its programs' interface (D-Bus) would need a library and a bus for the same.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "discovery/xml.h"
#include "server/advertise.h"

#define FOLDER "/etc/avahi/services"
static const char service_file[] = FOLDER "/longhouse-serve.service";
static const char new_file[] = FOLDER "/.longhouse-serve.new"; /* Avahi reads *.service only, and should read none half written */

static bool write_services(FILE *f, const char *name, uint16_t smb_port)
{
	char *escaped = xml_escaped(name);
	bool ok = escaped != NULL &&
		fprintf(f, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<!DOCTYPE service-group SYSTEM \"avahi-service.dtd\">\n"
	                "<!-- Written by longhouse serve at its start, removed at its end. -->\n<service-group>\n\t<name>%s</name>\n"
	                "\t<service><type>_smb._tcp</type><port>%u</port></service>\n"
	                "\t<service><type>_device-info._tcp</type><port>9</port><txt-record>model=RackMac</txt-record></service>\n"
	                "</service-group>\n", escaped, smb_port) > 0;

	free(escaped);
	return ok;
}

void avahi_publish(const char *name, uint16_t smb_port)
{
	FILE *f = fopen(new_file, "we");

	if (f == NULL) {
		if (errno != ENOENT && errno != EACCES) /* no Avahi, or nobody who may tell it */
			log_notice("%s: %s; Avahi is not told of this server", new_file, strerror(errno));
		return;
	}
	bool ok = write_services(f, name, smb_port);
	if (fclose(f) == 0 && ok && rename(new_file, service_file) == 0)
		return;
	log_notice("%s: %s; Avahi is not told of this server", service_file, strerror(errno));
	unlink(new_file);
}

void avahi_withdraw(void)
{
	unlink(service_file);
}
