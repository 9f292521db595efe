#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "doctor/doctor.h"

#define FOR_OTHERS (S_IRWXG | S_IRWXO)

static void look_at_mode(app_doctor *doctor, const char *path, const struct stat *found)
{
    const bool is_ours = found->st_uid == geteuid();

    if (!is_ours)
        app_found(doctor,
                  &(app_finding){"files", APP_UNWELL,
                                 "run the proxy as its owner, or chown it"},
                  "%s belongs to user %u, not to %u who runs this", path, found->st_uid,
                  geteuid());
    if (found->st_mode & FOR_OTHERS)
        app_found(
            doctor,
            &(app_finding){"files", APP_UNWELL,
                           S_ISDIR(found->st_mode) ? "chmod 700 it" : "chmod 600 it"},
            "%s is open to others (mode %03o)", path, found->st_mode & 0777);
}

/* The secrets and the database: nobody else may read any of them. */
static int look_at_files(app_doctor *doctor, const char *folder)
{
    DIR *listing = opendir(folder);
    const struct dirent *entry;
    char path[1024];
    struct stat found;
    int files = 0;

    while (listing && (entry = readdir(listing))) {
        snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        if (stat(path, &found) != 0 || !S_ISREG(found.st_mode))
            continue;
        files++;
        look_at_mode(doctor, path, &found);
    }
    if (listing)
        closedir(listing);
    return files;
}

static void look_at_space(app_doctor *doctor, const char *folder)
{
    const int64_t spool = ccp_config_number(doctor->setup->config, "usage_spool_bytes");
    struct statvfs disk;
    int64_t left;

    if (statvfs(folder, &disk) != 0)
        return;
    left = (int64_t)disk.f_bavail * (int64_t)disk.f_frsize;
    app_found(
        doctor,
        &(app_finding){"disk", left < spool ? APP_DOUBTFUL : APP_WELL,
                       left < spool ? "make room, or lower usage_spool_bytes" : NULL},
        "%lld MiB are free; the usage spool may take %lld MiB", (long long)(left >> 20),
        (long long)(spool >> 20));
}

void app_doctor_files(app_doctor *doctor)
{
    const char *folder = ccp_config_text(doctor->setup->config, "data_dir");
    const int unwell = doctor->unwell;
    struct stat found;
    int files;

    if (stat(folder, &found) != 0) {
        app_found(doctor, &(app_finding){"files", APP_UNWELL, "make it, mode 700"},
                  "the data folder %s: %s", folder, strerror(errno));
        return;
    }
    look_at_mode(doctor, folder, &found);
    files = look_at_files(doctor, folder);
    if (access(folder, W_OK) != 0)
        app_found(doctor,
                  &(app_finding){"files", APP_UNWELL, "let the proxy write there"},
                  "the data folder %s can't be written to", folder);
    if (doctor->unwell == unwell)
        app_found(doctor, &(app_finding){"files", APP_WELL, NULL},
                  "the data folder %s and its %d files are ours alone", folder, files);
    look_at_space(doctor, folder);
}
